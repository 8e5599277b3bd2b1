package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.data.TfRecordReader;
import dev.aorta.io.FormatException;
import java.io.IOException;
import java.nio.file.Path;
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
 * @param pixelArea mm², where the file says how large a pixel is
 * @param label the expert's mask, [rows, columns], where the file has one
 */
public record InputSlice(
        String source,
        String name,
        int rows,
        int columns,
        float[] grey,
        OptionalDouble pixelArea,
        byte @Nullable [] label) {

    /** What is done with each slice. */
    @FunctionalInterface
    public interface Sink {
        /** Takes one slice. */
        void accept(InputSlice slice) throws IOException;
    }

    /**
     * Reads the slices of a DICOM, PNG or TFRecord file one after another.
     *
     * @throws FormatException if the file is of another kind or damaged, holds no slice, or is a DICOM file of another modality than MR
     */
    public static void read(Path file, Sink sink) throws IOException {
        switch (FileKind.of(file)) {
            case DICOM -> sink.accept(dicom(file));
            case PNG -> {
                Png.Grey image = Png.read(file);
                sink.accept(new InputSlice(
                        file.toString(),
                        stem(file),
                        image.rows(),
                        image.columns(),
                        floats(image.pixels()),
                        OptionalDouble.empty(),
                        null));
            }
            case TFRECORD -> records(file, sink);
            case SAFETENSORS, ONNX -> throw new FormatException(file + ": a model, not an image");
        }
    }

    private static InputSlice dicom(Path file) throws IOException {
        DicomImage image = DicomReader.read(file);
        if (!image.modality().isEmpty() && !image.modality().equals("MR")) {
            throw new FormatException("%s: an image of modality %s; only magnetic resonance, MR, is segmented"
                    .formatted(file, image.modality()));
        }
        OptionalDouble area =
                image.rowSpacing().isPresent() && image.columnSpacing().isPresent()
                        ? OptionalDouble.of(image.rowSpacing().getAsDouble()
                                * image.columnSpacing().getAsDouble())
                        : OptionalDouble.empty();
        return new InputSlice(
                file.toString(), stem(file), image.rows(), image.columns(), floats(image.pixels()), area, null);
    }

    private static void records(Path file, Sink sink) throws IOException {
        try (TfRecordReader reader = TfRecordReader.open(file)) {
            int record = 0;
            for (Example e = reader.nextExample(); e != null; e = reader.nextExample()) {
                String source = file + " record " + record;
                SliceRecord slice;
                try {
                    slice = SliceRecord.parse(e);
                } catch (FormatException bad) {
                    throw new FormatException(source + ": " + bad.getMessage(), bad);
                }
                String name = "%s-%05d".formatted(stem(file), record);
                sink.accept(new InputSlice(
                        source,
                        name,
                        slice.rows(),
                        slice.columns(),
                        floats(slice.image()),
                        OptionalDouble.empty(),
                        slice.label()));
                record++;
            }
            if (record == 0) {
                throw new FormatException(file + ": there is no record in it");
            }
        }
    }

    /** The name without its ending; the last number of a DICOM identifier, 1.2.840.17, is none. */
    private static String stem(Path file) {
        return String.valueOf(file.getFileName()).replaceFirst("(?<=.)\\.\\p{Alpha}\\p{Alnum}*$", "");
    }

    private static float[] floats(int[] pixels) {
        float[] grey = new float[pixels.length];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = pixels[i];
        }
        return grey;
    }
}
