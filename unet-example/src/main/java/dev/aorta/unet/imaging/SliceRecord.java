package dev.aorta.unet.imaging;

import dev.aorta.data.Example;
import dev.aorta.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * What a TFRecord of either schema says of one slice.
 *
 * @param name which slice it is, empty where the record has none
 * @param rows height in pixels
 * @param columns width in pixels
 * @param image grey levels as stored by the scanner, [rows, columns] in row-major order
 * @param label class of each pixel, [rows, columns]; null where the record has none
 */
record SliceRecord(String name, int rows, int columns, int[] image, byte @Nullable [] label) {
    static final String LABEL = "label_raw";
    private static final int MAX_SIDE = 4096;

    /**
     * Reads a record. Grey levels may be int64, int32, int16 or uint8, little-endian, which the number of bytes tells apart;
     * unknown features are ignored.
     *
     * @throws FormatException if the image or its size is missing, or image or label have another size than height and width say
     */
    static SliceRecord parse(Example example) throws FormatException {
        SliceSchema schema = example.names().contains(SliceSchema.B.imageKey) ? SliceSchema.B : SliceSchema.A;
        int rows = side(example, "height");
        int columns = side(example, "width");
        String name = example.names().contains("name") ? example.text("name") : "";
        byte[] label = example.names().contains(LABEL) ? example.bytes(LABEL) : null;
        if (label != null && label.length != rows * columns) {
            throw new FormatException("%s has %d bytes, but %d rows x %d columns are %d"
                    .formatted(LABEL, label.length, rows, columns, rows * columns));
        }
        return new SliceRecord(name, rows, columns, image(example.bytes(schema.imageKey), rows, columns), label);
    }

    private static int side(Example example, String key) throws FormatException {
        long[] values = example.ints(key);
        if (values.length != 1 || values[0] < 1 || values[0] > MAX_SIDE) {
            throw new FormatException("%s must be one number from 1 to %d".formatted(key, MAX_SIDE));
        }
        return (int) values[0];
    }

    private static int[] image(byte[] bytes, int rows, int columns) throws FormatException {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int count = rows * columns;
        int width = bytes.length % count == 0 ? bytes.length / count : 0;
        int[] image = new int[count];
        for (int i = 0; i < count; i++) {
            image[i] = switch (width) {
                case 1 -> Byte.toUnsignedInt(in.get());
                case 2 -> in.getShort();
                case 4 -> in.getInt();
                case 8 -> narrow(in.getLong(), i);
                default ->
                    throw new FormatException(
                            "the image has %d bytes; %d rows x %d columns of 1, 2, 4 or 8 bytes were expected"
                                    .formatted(bytes.length, rows, columns));
            };
        }
        return image;
    }

    private static int narrow(long value, int pixel) throws FormatException {
        if (value != (int) value) {
            throw new FormatException("pixel %d is %d, which is no grey level of 32 bits".formatted(pixel, value));
        }
        return (int) value;
    }
}
