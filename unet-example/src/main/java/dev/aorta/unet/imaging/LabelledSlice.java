package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.io.FormatException;

/**
 * A slice and its label, as a TFRecord holds them.
 *
 * @param name which slice it is, empty in files of {@link SliceSchema#A}
 * @param rows height in pixels
 * @param columns width in pixels
 * @param image grey levels as stored by the scanner, [rows, columns] in row-major order
 * @param label class of each pixel, [rows, columns]
 */
public record LabelledSlice(String name, int rows, int columns, int[] image, byte[] label) {
    public LabelledSlice {
        if (image.length != rows * columns || label.length != rows * columns) {
            throw new IllegalArgumentException("%s: %d grey levels and %d labels for %d rows x %d columns"
                    .formatted(name, image.length, label.length, rows, columns));
        }
    }

    /**
     * Reads a record of either schema, as {@link SliceRecord} does.
     *
     * @throws FormatException if a feature is missing, the label among them, or has another size than height and width say
     */
    public static LabelledSlice parse(Example example) throws FormatException {
        SliceRecord record = SliceRecord.parse(example);
        byte[] label = record.label() != null ? record.label() : example.bytes(SliceRecord.LABEL);
        return new LabelledSlice(record.name(), record.rows(), record.columns(), record.image(), label);
    }
}
