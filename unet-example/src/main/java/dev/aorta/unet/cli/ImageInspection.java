package dev.aorta.unet.cli;

import dev.aorta.unet.imaging.DicomFolder;
import dev.aorta.unet.imaging.DicomHeader;
import dev.aorta.unet.imaging.DicomReader;
import dev.aorta.unet.imaging.GreyArray;
import dev.aorta.unet.imaging.Nifti;
import dev.aorta.unet.imaging.Png;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/** What is in a file of images. */
final class ImageInspection {
    private ImageInspection() {}

    /** Prints the header of a DICOM file, and then the range of each frame, which may fail to be read. */
    static void dicom(DicomReader reader, RecordInspection.Printer to) throws IOException {
        DicomHeader d = reader.header();
        boolean single = d.frames() == 1;
        to.line("kind", "DICOM");
        to.line("encoding", "%s", d.transferSyntax());
        to.line("size", "%d rows x %d columns%s", d.rows(), d.columns(), single ? "" : " x " + d.frames() + " frames");
        to.line(
                "pixels",
                "%s, %d bits of %d, the highest bit %d, %s%s",
                d.signed() ? "signed" : "unsigned",
                d.bitsStored(),
                d.bitsAllocated(),
                d.highBit(),
                d.photometric(),
                d.photometric().equals("MONOCHROME1") ? ", inverted so that larger is brighter" : "");
        to.line("rescale", "%s · stored + %s", d.slope(), d.intercept());
        to.line("pixel spacing", "%s x %s mm", known(d.rowSpacing()), known(d.columnSpacing()));
        to.line("slice thickness", "%s mm", known(d.sliceThickness()));
        to.line("between slices", "%s mm", known(d.spacingBetweenSlices()));
        to.line("modality", "%s", d.modality().isEmpty() ? "unknown" : d.modality());
        to.line("patient", "%s", d.patientId());
        to.line("series", "%s", d.seriesUid());
        to.line(
                "instance",
                "%s",
                d.instanceNumber().isPresent()
                        ? Integer.toString(d.instanceNumber().getAsInt())
                        : "unknown");
        List<DicomHeader> pictures = reader.pictures();
        pictures.getLast().notes().forEach(note -> to.line("note", "%s", note));
        for (int frame = 0; frame < d.frames(); frame++) {
            to.line(
                    single ? "stored values" : "frame " + frame,
                    "%s%s",
                    range(reader.frame(frame).pixels()),
                    pictures.size() == 1 ? "" : place(pictures.get(frame)));
        }
    }

    private static String place(DicomHeader d) {
        return ", %s mm, at %s, trigger time %s ms"
                .formatted(
                        known(d.rowSpacing()) + " x " + known(d.columnSpacing()),
                        d.position().isEmpty() ? "an unknown place" : d.position() + " mm",
                        known(d.triggerTime()));
    }

    static void array(GreyArray array, RecordInspection.Printer to) {
        to.line("kind", "NumPy array");
        to.line("size", "%d slices of %d rows x %d columns", array.slices(), array.rows(), array.columns());
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (float v : array.values()) {
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        to.line("values", "%s … %s", low, high);
    }

    /** Prints the series of a folder. */
    static void folder(DicomFolder folder, RecordInspection.Printer to) {
        to.line("kind", "DICOM folder");
        for (DicomFolder.Series series : folder.series()) {
            DicomHeader d = series.header();
            int phases = series.slices().stream()
                    .mapToInt(s -> s.phases().size())
                    .max()
                    .orElse(0);
            int pictures =
                    series.slices().stream().mapToInt(s -> s.phases().size()).sum();
            to.line(
                    "series " + (d.seriesNumber().isPresent() ? d.seriesNumber().getAsInt() : "unknown"),
                    "%d slices x %d phases, %d pictures of %d x %d pixels, %s x %s mm, modality %s",
                    series.slices().size(),
                    phases,
                    pictures,
                    d.rows(),
                    d.columns(),
                    known(d.rowSpacing()),
                    known(d.columnSpacing()),
                    d.modality().isEmpty() ? "unknown" : d.modality());
        }
        folder.notes().forEach(note -> to.line("note", "%s", note));
    }

    static void png(Png.Grey image, RecordInspection.Printer to) {
        to.line("kind", "PNG");
        to.line("size", "%d rows x %d columns", image.rows(), image.columns());
        to.line("stored as", "%s", image.stored());
        to.line("values", "%s", range(image.pixels()));
    }

    static void nifti(Nifti volume, RecordInspection.Printer to) {
        to.line("kind", "NIfTI");
        to.line("stored as", "%s", volume.stored());
        to.line(
                "size",
                "%d rows x %d columns x %d slices x %d times",
                volume.rows(),
                volume.columns(),
                volume.slices(),
                volume.times());
        to.line("orientation", "%s (where columns, rows and slices run to)", volume.orientation());
        to.line("pixel spacing", "%s x %s mm", known(volume.spacing(1)), known(volume.spacing(0)));
        to.line("between slices", "%s mm", known(volume.spacing(2)));
        float low = Float.POSITIVE_INFINITY;
        float high = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < volume.slices() * volume.times(); i++) {
            for (float v : volume.slice(i % volume.slices(), i / volume.slices())) {
                low = Math.min(low, v);
                high = Math.max(high, v);
            }
        }
        to.line("values", "%s … %s", low, high);
    }

    private static String range(int[] values) {
        return Arrays.stream(values).min().orElseThrow() + " … "
                + Arrays.stream(values).max().orElseThrow();
    }

    private static String known(OptionalDouble value) {
        return value.isPresent() ? Double.toString(value.getAsDouble()) : "unknown";
    }
}
