package dev.aorta.unet.imaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * A stack of parallel slices, each at all the moments of a beat.
 *
 * @param source the folder or file, for messages
 * @param patient identifier of the patient, or the name of the source where it has none
 * @param rows height of a slice, pixels
 * @param columns width of a slice, pixels
 * @param rowSpacing distance between the centres of neighbouring rows, mm
 * @param columnSpacing distance between the centres of neighbouring columns, mm
 * @param places of the slices along the stack, mm, ascending
 * @param thickness of a slice and the gap to the next by what the files say, mm; for a stack of one slice
 * @param phases of the beat
 * @param times of the phases after the R wave, ms; empty where nothing says them
 * @param right direction of a row to the right in the patient (left, back, head), or empty
 * @param down direction of a column downwards in the patient (left, back, head), or empty
 * @param frames where the pictures stand, [slice][phase], or empty for a NIfTI file
 * @param notes what was doubtful, a sentence each
 * @param pictures their grey levels
 */
public record CineStack(
        String source,
        String patient,
        int rows,
        int columns,
        double rowSpacing,
        double columnSpacing,
        double[] places,
        double thickness,
        int phases,
        double[] times,
        double[] right,
        double[] down,
        List<List<Frame>> frames,
        List<String> notes,
        Pictures pictures) {
    /**
     * A picture in a file.
     *
     * @param index in the file, from 0
     */
    public record Frame(DicomHeader header, int index) {}

    /** Where grey levels come from. */
    @FunctionalInterface
    public interface Pictures {
        /** Those of a slice at a phase, [rows, columns]. */
        float[] grey(int slice, int phase) throws IOException;
    }

    /**
     * Reads a stack.
     *
     * @param source a folder with DICOM files, of which the series with several parallel slices is taken, or one such
     *     file of several frames, or a NIfTI file
     * @param series number of the series in a folder that holds several stacks, or empty
     * @throws IOException if there is no stack, or several, or it does not say how large its pixels are
     */
    public static CineStack read(Path source, OptionalInt series) throws IOException {
        boolean dicom = Files.isDirectory(source) || FileKind.of(source) == FileKind.DICOM;
        return dicom ? CineFolder.read(source, series) : CineNifti.read(source);
    }

    /** Slices of the stack. */
    public int slices() {
        return places.length;
    }

    /** A slice at a phase. */
    public InputSlice picture(int slice, int phase) throws IOException {
        return new InputSlice(
                "%s slice %d phase %d".formatted(source, slice, phase),
                "s%03d-p%03d".formatted(slice, phase),
                rows,
                columns,
                pictures.grey(slice, phase),
                OptionalDouble.of(rowSpacing),
                OptionalDouble.of(columnSpacing),
                null,
                "",
                patient);
    }

    /** Whether the stack comes from DICOM files that say where their pictures lie, so that other DICOM objects can refer to them. */
    public boolean isPlacedDicom() {
        return !frames.isEmpty()
                && frames.stream()
                        .flatMap(List::stream)
                        .allMatch(f -> f.header().isPlaced()
                                && !f.header().reference().sopInstance().isEmpty());
    }

    /** Area of a pixel, mm². */
    public double pixelArea() {
        return rowSpacing * columnSpacing;
    }

    /** A property that all pictures must share. */
    static <T> T common(List<Frame> frames, String what, Function<DicomHeader, T> property) throws IOException {
        T first = property.apply(frames.getFirst().header());
        for (Frame frame : frames) {
            T other = property.apply(frame.header());
            if (!first.equals(other)) {
                throw new DicomException(
                        frame.header().source(),
                        0,
                        "%s %s, but %s has %s; a stack has one"
                                .formatted(
                                        what, other, frames.getFirst().header().source(), first));
            }
        }
        return first;
    }

    /** All frames in one list. */
    static List<Frame> all(List<List<Frame>> frames) {
        List<Frame> all = new ArrayList<>();
        frames.forEach(all::addAll);
        return all;
    }
}
