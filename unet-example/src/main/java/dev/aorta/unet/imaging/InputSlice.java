package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordReader;
import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A slice to segment, from a file of any kind.
 *
 * @param source the file, and for a record of many its number, counted from 0
 * @param name the same without folder and ending, for files made from it
 * @param rows height in pixels
 * @param columns width in pixels
 * @param grey levels as stored by the scanner, [rows, columns]
 * @param rowSpacing distance between the centres of neighbouring rows, mm, where the file says it
 * @param columnSpacing distance between the centres of neighbouring columns, mm, where the file says it
 * @param label the expert's mask, [rows, columns], where the file has one that can be read
 * @param labelProblem why a label that is there cannot be read, or empty
 * @param patient whose slice it is, or at least slices of whom belong together; empty where the file does not say it
 */
public record InputSlice(
        String source,
        String name,
        int rows,
        int columns,
        float[] grey,
        OptionalDouble rowSpacing,
        OptionalDouble columnSpacing,
        byte @Nullable [] label,
        String labelProblem,
        String patient) {
    /** Longest name that leaves room for what is added to it: file systems take 255 bytes. */
    private static final int MOST_BYTES = 220;

    private static final int MOST_NAME = 50;

    /** A slice of nobody that is known. */
    public InputSlice(
            String source,
            String name,
            int rows,
            int columns,
            float[] grey,
            OptionalDouble rowSpacing,
            OptionalDouble columnSpacing,
            byte @Nullable [] label,
            String labelProblem) {
        this(source, name, rows, columns, grey, rowSpacing, columnSpacing, label, labelProblem, "");
    }

    /** Area of a pixel, mm², where the file says how large it is. */
    public OptionalDouble pixelArea() {
        PixelSpacing known = spacing();
        return known == null ? OptionalDouble.empty() : OptionalDouble.of(known.area());
    }

    /** How far pixels are apart, or null where the file does not say it. */
    public @Nullable PixelSpacing spacing() {
        return PixelSpacing.of(rowSpacing, columnSpacing);
    }

    /** The same with an expert's mask, or with none. */
    public InputSlice withLabel(byte @Nullable [] mask) {
        return new InputSlice(source, name, rows, columns, grey, rowSpacing, columnSpacing, mask, "", patient);
    }

    /** What is done with each slice. */
    @FunctionalInterface
    public interface Sink {
        /** Takes one slice. */
        void accept(InputSlice slice) throws IOException;
    }

    /**
     * Reads the slices of a DICOM, PNG, NIfTI, NumPy or TFRecord file one after another.
     *
     * @param pixels type of plain numbers in records, or null when they say it or can be only one
     * @throws FormatException if the file is of another kind or damaged, holds no slice, or is a DICOM file of another modality than MR
     */
    public static void read(Path file, @Nullable PixelType pixels, Sink sink) throws IOException {
        switch (FileKind.of(file)) {
            case DICOM -> dicom(file, DicomReader.open(file), sink);
            case PNG -> sink.accept(png(file, Png.read(file)));
            case NIFTI -> nifti(file, sink);
            case NPY -> arrays(file, sink);
            case TFRECORD -> records(file, pixels, sink);
            case SAFETENSORS, ONNX -> throw new FormatException(file + ": a model, not an image");
        }
    }

    /**
     * Reads the slices of a file of masks, whose grey levels are classes: as {@link #read}, but a PNG file as {@link Png#readMask}.
     *
     * @throws FormatException as {@link #read}
     */
    static void readMask(Path file, Sink sink) throws IOException {
        if (FileKind.of(file) == FileKind.PNG) {
            sink.accept(png(file, Png.readMask(file)));
        } else {
            read(file, null, sink);
        }
    }

    private static InputSlice png(Path file, Png.Grey image) {
        return new InputSlice(
                file.toString(),
                stem(file),
                image.rows(),
                image.columns(),
                floats(image.pixels()),
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                null,
                "");
    }

    /**
     * The slice of a DICOM file of one picture.
     *
     * @param file for messages and names
     * @param bytes of the file
     * @throws FormatException if it is damaged, holds several pictures, or is of another modality than MR
     */
    public static InputSlice dicom(Path file, byte[] bytes) throws IOException {
        DicomReader reader = DicomReader.of(file.toString(), bytes);
        if (reader.header().frames() != 1) {
            throw new FormatException("%s: %d pictures in one file; one is wanted here"
                    .formatted(file, reader.header().frames()));
        }
        List<InputSlice> slices = new ArrayList<>();
        dicom(file, reader, slices::add);
        return slices.getFirst();
    }

    private static void dicom(Path file, DicomReader reader, Sink sink) throws IOException {
        DicomHeader header = reader.header();
        if (!header.modality().isEmpty() && !header.modality().equals("MR")) {
            throw new FormatException("%s: an image of modality %s; only magnetic resonance, MR, is segmented"
                    .formatted(file, header.modality()));
        }
        List<DicomHeader> pictures = reader.pictures();
        for (int frame = 0; frame < header.frames(); frame++) {
            DicomHeader own = pictures.get(Math.min(frame, pictures.size() - 1));
            boolean single = header.frames() == 1;
            sink.accept(new InputSlice(
                    single ? file.toString() : file + " frame " + frame,
                    single ? stem(file) : "%s-%05d".formatted(stem(file), frame),
                    header.rows(),
                    header.columns(),
                    floats(reader.frame(frame).pixels()),
                    own.rowSpacing(),
                    own.columnSpacing(),
                    null,
                    "",
                    header.patientId()));
        }
    }

    private static void nifti(Path file, Sink sink) throws IOException {
        Nifti volume = Nifti.read(file);
        for (int time = 0; time < volume.times(); time++) {
            for (int slice = 0; slice < volume.slices(); slice++) {
                sink.accept(new InputSlice(
                        "%s slice %d time %d".formatted(file, slice, time),
                        "%s-s%03d-t%03d".formatted(stem(file), slice, time),
                        volume.rows(),
                        volume.columns(),
                        volume.slice(slice, time),
                        volume.spacing(1),
                        volume.spacing(0),
                        null,
                        "",
                        file.toString()));
            }
        }
    }

    private static void arrays(Path file, Sink sink) throws IOException {
        GreyArray stack = GreyArray.read(file);
        for (int i = 0; i < stack.slices(); i++) {
            boolean single = stack.slices() == 1;
            sink.accept(new InputSlice(
                    single ? file.toString() : file + " slice " + i,
                    single ? stem(file) : "%s-%05d".formatted(stem(file), i),
                    stack.rows(),
                    stack.columns(),
                    stack.slice(i),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    null,
                    ""));
        }
    }

    private static void records(Path file, @Nullable PixelType pixels, Sink sink) throws IOException {
        try (TfRecordReader reader = TfRecordReader.open(file)) {
            int record = 0;
            for (Example e = reader.nextExample(); e != null; e = reader.nextExample()) {
                String source = file + " record " + record;
                SliceRecord slice;
                try {
                    slice = SliceRecord.parse(e, pixels);
                } catch (FormatException bad) {
                    throw new FormatException(source + ": " + bad.getMessage(), bad);
                }
                sink.accept(new InputSlice(
                        source,
                        "%s-%05d".formatted(stem(file), record),
                        slice.rows(),
                        slice.columns(),
                        slice.image(),
                        PixelSpacing.row(slice.spacing()),
                        PixelSpacing.column(slice.spacing()),
                        slice.label(),
                        slice.labelProblem(),
                        slice.patient()));
                record++;
            }
        }
    }

    /** The name without its ending, cut where it is very long; the last number of a DICOM identifier, 1.2.840.17, is none. */
    public static String stem(Path file) {
        String name = String.valueOf(file.getFileName())
                .replaceFirst("(?<=.)\\.nii\\.gz$|(?<=.)\\.\\p{Alpha}\\p{Alnum}*$", "");
        if (name.getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES) {
            return name;
        }
        int characters = Math.min(MOST_NAME, name.codePointCount(0, name.length()));
        return name.substring(0, name.offsetByCodePoints(0, characters)) + "-" + Integer.toHexString(name.hashCode());
    }

    private static float[] floats(int[] pixels) {
        float[] grey = new float[pixels.length];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = pixels[i];
        }
        return grey;
    }
}
