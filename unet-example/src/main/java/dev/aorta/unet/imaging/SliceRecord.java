package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.io.FormatException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a TFRecord says of one slice.
 *
 * @param name which slice it is, empty where the record has none
 * @param rows height in pixels
 * @param columns width in pixels
 * @param image grey levels as stored by the scanner, [rows, columns] in row-major order
 * @param stored what the pixels were taken for
 * @param label class of each pixel, [rows, columns]; null where the record has none, or none that can be read
 * @param labelProblem why a label that is there cannot be read, or empty
 * @param origin what is known of where it comes from
 */
public record SliceRecord(
        String name,
        int rows,
        int columns,
        float[] image,
        String stored,
        byte @Nullable [] label,
        String labelProblem,
        SliceOrigin origin) {
    static final String LABEL = "label_raw";
    /** Says which {@link PixelType} the bytes of the image are. */
    static final String TYPE = "dtype";
    /** Distances between the centres of neighbouring rows and of neighbouring columns, mm, as in DICOM. */
    static final String SPACING = "pixel_spacing";

    private static final int MAX_SIDE = 4096;
    private static final List<String> IMAGES = List.of("image_raw", "img_raw", "image/encoded", "image", "img");
    private static final List<String> LABELS =
            List.of(LABEL, "image/segmentation/class/encoded", "mask_raw", "label", "mask", "annotation_raw");
    private static final List<String> HEIGHTS = List.of("height", "image/height", "rows", "image_height");
    private static final List<String> WIDTHS = List.of("width", "image/width", "columns", "cols", "image_width");
    private static final List<String> DEPTHS = List.of("depth", "channels", "image/channels");
    private static final List<String> NAMES = List.of("name", "image/filename", "filename");

    /**
     * Reads a record. The image may be plain numbers ({@link RawPixels}), a PNG or JPEG file, or a list of floats or integers;
     * unknown features are ignored.
     *
     * @param pixels type of plain numbers, or null when the record says it or they can be only one
     * @throws FormatException if the image or its size is missing, they do not fit together, or the type is not known
     */
    public static SliceRecord parse(Example example, @Nullable PixelType pixels) throws FormatException {
        String key = first(example, IMAGES);
        if (key == null) {
            throw new FormatException(
                    "there is no image: none of the features %s; it has %s".formatted(IMAGES, example));
        }
        long depth = depth(example);
        boolean list = !isBytes(example, key);
        byte[] bytes = list ? new byte[0] : example.bytes(key);
        int rows;
        int columns;
        float[] image;
        String stored;
        if (Png.isPicture(bytes)) {
            Png.Grey picture = decoded(bytes, key, false);
            rows = picture.rows();
            columns = picture.columns();
            requireSize(example, HEIGHTS, rows);
            requireSize(example, WIDTHS, columns);
            image = floats(picture.pixels());
            stored = "an encoded picture, " + picture.stored();
        } else {
            rows = side(example, HEIGHTS);
            columns = side(example, WIDTHS);
            int count = rows * columns;
            if (list) {
                double[] numbers = numbers(example, key, count);
                image = new float[count];
                for (int i = 0; i < count; i++) {
                    image[i] = (float) numbers[i];
                    if (!Float.isFinite(image[i])) {
                        throw new FormatException("pixel %d is %s, which is no grey level".formatted(i, numbers[i]));
                    }
                }
                stored = "a list of " + example.describe(key);
            } else {
                RawPixels raw = depth == 3
                        ? RawPixels.of(oneOfThree(bytes, count), count, PixelType.UINT8)
                        : RawPixels.of(bytes, count, said(example, pixels));
                image = raw.values();
                stored = depth == 3 ? "uint8 in three equal channels" : raw.stored();
            }
        }
        byte[] label = null;
        String problem = "";
        try {
            label = label(example, rows, columns);
        } catch (FormatException e) {
            problem = String.valueOf(e.getMessage());
        }
        String named = first(example, NAMES);
        String name = named == null || !isBytes(example, named) ? "" : example.text(named);
        return new SliceRecord(name, rows, columns, image, stored, label, problem, SliceOrigin.of(example));
    }

    /** Whom it shows, as {@link LabelledSlice#patient}. */
    String patient() {
        return LabelledSlice.patient(origin, name);
    }

    /** How far the pixels are apart, or null where the record does not say it. */
    public @Nullable PixelSpacing spacing() {
        return origin.spacing();
    }

    /**
     * How far the pixels of a record are apart, or null where it does not say it.
     *
     * @throws FormatException if it says something else than two lengths
     */
    public static @Nullable PixelSpacing spacing(Example example) throws FormatException {
        if (!example.names().contains(SPACING)) {
            return null;
        }
        float[] mm = example.floats(SPACING);
        if (mm.length != 2 || !DicomValues.isLength(mm[0]) || !DicomValues.isLength(mm[1])) {
            throw new FormatException(
                    "%s is %s; the distances of rows and of columns in mm, 0.001 to 1000 each, were expected"
                            .formatted(SPACING, Arrays.toString(mm)));
        }
        return new PixelSpacing(exact(mm[0]), exact(mm[1]));
    }

    /** The shortest decimal number that is this float: 1.2 and not 1.2000000476837158. */
    private static double exact(float value) {
        return Double.parseDouble(Float.toString(value));
    }

    /** Whether a record has an image by any of its names. */
    public static boolean hasImage(Example example) {
        return first(example, IMAGES) != null;
    }

    private static @Nullable String first(Example example, List<String> keys) {
        return keys.stream().filter(example.names()::contains).findFirst().orElse(null);
    }

    private static boolean isBytes(Example example, String key) throws FormatException {
        return example.describe(key).startsWith("bytes");
    }

    private static Png.Grey decoded(byte[] bytes, String key, boolean isMask) throws FormatException {
        try {
            return Png.decode(bytes, isMask);
        } catch (FormatException e) {
            throw new FormatException("the picture in '%s' cannot be read: %s".formatted(key, e.getMessage()), e);
        }
    }

    private static @Nullable PixelType said(Example example, @Nullable PixelType pixels) throws FormatException {
        if (pixels != null || !example.names().contains(TYPE)) {
            return pixels;
        }
        String name = example.text(TYPE);
        for (PixelType type : PixelType.values()) {
            if (type.toString().equals(name)) {
                return type;
            }
        }
        throw new FormatException("dtype '%s' is not known; known are %s".formatted(name, List.of(PixelType.values())));
    }

    private static long depth(Example example) throws FormatException {
        String key = first(example, DEPTHS);
        long[] values = key == null ? new long[] {1} : example.ints(key);
        long depth = values.length == 1 ? values[0] : -1;
        if (depth != 0 && depth != 1 && depth != 3) {
            throw new FormatException(
                    "%s is %s; pictures of one channel, or of three equal ones, are read".formatted(key, depth));
        }
        return depth;
    }

    /** The first of three equal channels. */
    private static byte[] oneOfThree(byte[] bytes, int count) throws FormatException {
        if (bytes.length != 3L * count) {
            throw new FormatException(
                    "the image has %d bytes; three channels of %d pixels of one byte each were expected"
                            .formatted(bytes.length, count));
        }
        byte[] one = new byte[count];
        for (int i = 0; i < count; i++) {
            one[i] = bytes[3 * i];
            if (bytes[3 * i + 1] != one[i] || bytes[3 * i + 2] != one[i]) {
                throw new FormatException(
                        "a colour image: the channels of pixel %d differ; only grey levels are read".formatted(i));
            }
        }
        return one;
    }

    private static double[] numbers(Example example, String key, int count) throws FormatException {
        boolean floats = example.describe(key).startsWith("float");
        double[] values = new double[count];
        float[] f = floats ? example.floats(key) : new float[0];
        long[] n = floats ? new long[0] : example.ints(key);
        if (f.length + n.length != count) {
            throw new FormatException("'%s' is a list of %d numbers, but the picture has %d pixels"
                    .formatted(key, f.length + n.length, count));
        }
        for (int i = 0; i < count; i++) {
            values[i] = floats ? f[i] : n[i];
        }
        return values;
    }

    private static byte @Nullable [] label(Example example, int rows, int columns) throws FormatException {
        String key = first(example, LABELS);
        if (key == null) {
            return null;
        }
        int count = rows * columns;
        if (!isBytes(example, key)) {
            byte[] classes = RawPixels.classes(numbers(example, key, count));
            if (classes.length != count) {
                throw new FormatException("'%s' has values other than classes 0 … 255".formatted(key));
            }
            return classes;
        }
        byte[] bytes = example.bytes(key);
        if (!Png.isPicture(bytes)) {
            try {
                return RawPixels.classes(bytes, count);
            } catch (FormatException e) {
                throw new FormatException(
                        "%s has %d bytes, but %d rows x %d columns are %d: %s"
                                .formatted(key, bytes.length, rows, columns, count, e.getMessage()),
                        e);
            }
        }
        Png.Grey mask = decoded(bytes, key, true);
        if (mask.rows() != rows || mask.columns() != columns || mask.stored().startsWith("JPEG")) {
            throw new FormatException(
                    "the mask in '%s' is %d x %d pixels (%s), the image %d x %d; a PNG of that size is read"
                            .formatted(key, mask.rows(), mask.columns(), mask.stored(), rows, columns));
        }
        byte[] classes = new byte[count];
        for (int i = 0; i < count; i++) {
            classes[i] = (byte) mask.pixels()[i];
        }
        return classes;
    }

    private static int side(Example example, List<String> keys) throws FormatException {
        String key = first(example, keys);
        if (key == null) {
            throw new FormatException("there is no '%s'; it has %s".formatted(keys.getFirst(), example));
        }
        long[] values = example.ints(key);
        if (values.length != 1 || values[0] < 1 || values[0] > MAX_SIDE) {
            throw new FormatException("%s must be one number from 1 to %d".formatted(key, MAX_SIDE));
        }
        return (int) values[0];
    }

    private static void requireSize(Example example, List<String> keys, int size) throws FormatException {
        if (first(example, keys) != null && side(example, keys) != size) {
            throw new FormatException(
                    "%s is %d, but the picture has %d".formatted(first(example, keys), side(example, keys), size));
        }
    }

    private static float[] floats(int[] pixels) {
        float[] grey = new float[pixels.length];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = pixels[i];
        }
        return grey;
    }
}
