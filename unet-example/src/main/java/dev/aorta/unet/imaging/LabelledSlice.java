package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.io.FormatException;
import org.jspecify.annotations.Nullable;

/**
 * A slice and its label, as a TFRecord holds them.
 *
 * @param name which slice it is, empty in files of {@link SliceSchema#A}
 * @param rows height in pixels
 * @param columns width in pixels
 * @param image grey levels as stored by the scanner, [rows, columns] in row-major order
 * @param label class of each pixel, [rows, columns]
 * @param origin what is known of where it comes from
 */
public record LabelledSlice(String name, int rows, int columns, float[] image, byte[] label, SliceOrigin origin) {
    public LabelledSlice {
        if (image.length != rows * columns || label.length != rows * columns) {
            throw new IllegalArgumentException("%s: %d grey levels and %d labels for %d rows x %d columns"
                    .formatted(name, image.length, label.length, rows, columns));
        }
    }

    /** A slice of which nothing is known but its pixels. */
    public LabelledSlice(String name, int rows, int columns, float[] image, byte[] label) {
        this(name, rows, columns, image, label, SliceOrigin.UNKNOWN);
    }

    /** A slice of whole grey levels. */
    public LabelledSlice(String name, int rows, int columns, int[] image, byte[] label, SliceOrigin origin) {
        this(name, rows, columns, floats(image), label, origin);
    }

    /** A slice of whole grey levels of which nothing else is known. */
    public LabelledSlice(String name, int rows, int columns, int[] image, byte[] label) {
        this(name, rows, columns, image, label, SliceOrigin.UNKNOWN);
    }

    /** The same slice with other grey levels and classes. */
    public LabelledSlice with(float[] newImage, byte[] newLabel) {
        return new LabelledSlice(name, rows, columns, newImage, newLabel, origin);
    }

    /** How far its pixels are apart, or null where nobody knows it. */
    public @Nullable PixelSpacing spacing() {
        return origin.spacing();
    }

    /** Whom it shows: the patient that it names, else what stands before the first slash of its name, or the whole of that. */
    public String patient() {
        return patient(origin, name);
    }

    static String patient(SliceOrigin origin, String name) {
        return origin.patient().isEmpty() ? name.split("/", 2)[0] : origin.patient();
    }

    /** The slice as one to segment, called {@code source} in messages. */
    public InputSlice toSegment(String source) {
        return new InputSlice(
                source,
                name,
                rows,
                columns,
                image,
                PixelSpacing.row(spacing()),
                PixelSpacing.column(spacing()),
                label,
                "",
                patient());
    }

    static float[] floats(int[] image) {
        float[] floats = new float[image.length];
        for (int i = 0; i < image.length; i++) {
            floats[i] = image[i];
        }
        return floats;
    }

    /** Reads a record whose pixels can be of one type only. */
    public static LabelledSlice parse(Example example) throws FormatException {
        return parse(example, null);
    }

    /**
     * Reads a record, as {@link SliceRecord} does.
     *
     * @param pixels type of plain numbers, or null when the record says it or they can be only one
     * @throws FormatException if a feature is missing, the label among them, has another size than height and width say, or holds
     *     numbers whose type is not known
     */
    public static LabelledSlice parse(Example example, @Nullable PixelType pixels) throws FormatException {
        SliceRecord record = SliceRecord.parse(example, pixels);
        if (!record.labelProblem().isEmpty()) {
            throw new FormatException(record.labelProblem());
        }
        byte[] label = record.label() != null ? record.label() : example.bytes(SliceRecord.LABEL);
        return new LabelledSlice(
                record.name(), record.rows(), record.columns(), record.image(), label, record.origin());
    }
}
