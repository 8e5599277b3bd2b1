package dev.aorta.unet.imaging;

import dev.aorta.io.FormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Pixels that stand in a record as plain little-endian numbers. Their type is what the record or the user says. Where neither does
 * it is the signed integer of that size (of one byte the unsigned), as in the lab, if the numbers can be nothing else; otherwise
 * they are refused.
 *
 * @param values the numbers
 * @param stored what they were taken for, for messages
 */
record RawPixels(float[] values, String stored) {
    /** Grey levels from here on are no integers of 32 bits: any float32 above 1e-38 is larger. */
    private static final int LEAST_FLOAT32 = 1 << 23;
    /** The same of float16, above 5e-4. */
    private static final int LEAST_FLOAT16 = 1 << 12;

    /**
     * Reads {@code count} numbers.
     *
     * @param said their type, or null when nobody says it
     */
    static RawPixels of(byte[] bytes, int count, @Nullable PixelType said) throws FormatException {
        int size = bytes.length % count == 0 ? bytes.length / count : 0;
        if (said != null) {
            if (size != said.bytes()) {
                throw new FormatException("the image has %d bytes; %d pixels of %s are %d"
                        .formatted(bytes.length, count, said, (long) count * said.bytes()));
            }
            return new RawPixels(read(bytes, count, said), said + ", as it is said");
        }
        return switch (size) {
            case 1 -> new RawPixels(read(bytes, count, PixelType.UINT8), "uint8, by its size");
            case 2 -> new RawPixels(int16(bytes, count), "int16, by its size");
            case 4 -> new RawPixels(int32(bytes, count), "int32, by its size");
            case 8 -> new RawPixels(int64(bytes, count), "int64, by its size");
            default ->
                throw new FormatException("the image has %d bytes; %d pixels of 1, 2, 4 or 8 bytes were expected"
                        .formatted(bytes.length, count));
        };
    }

    private static float[] read(byte[] bytes, int count, PixelType type) throws FormatException {
        ByteBuffer in = little(bytes);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) type.read(in);
            if (!Float.isFinite(values[i])) {
                throw new FormatException("pixel %d is %s as %s, which is no grey level".formatted(i, values[i], type));
            }
        }
        return values;
    }

    private static float[] int16(byte[] bytes, int count) throws FormatException {
        ByteBuffer in = little(bytes);
        boolean floats = false;
        boolean small = false;
        for (int i = 0; i < count; i++) {
            int value = in.getShort();
            if (value < 0) {
                throw new FormatException(
                        ("pixel %d is %d as int16 and %d as uint16, and nothing says which, or whether it is float16;"
                                        + " say it with --pixels")
                                .formatted(i, value, value & 0xFFFF));
            }
            floats |= value >= LEAST_FLOAT16;
            small |= value > 0 && value < LEAST_FLOAT16;
        }
        if (floats && !small) {
            throw new FormatException(
                    "pixels of 2 bytes, none of them in 1 … %d as integers, which look like float16; say int16, uint16 or float16 with --pixels"
                            .formatted(LEAST_FLOAT16 - 1));
        }
        return read(bytes, count, PixelType.INT16);
    }

    private static float[] int32(byte[] bytes, int count) throws FormatException {
        ByteBuffer in = little(bytes);
        for (int i = 0; i < count; i++) {
            int value = in.getInt(4 * i);
            if (value >= LEAST_FLOAT32 || value <= -LEAST_FLOAT32) {
                throw new FormatException(
                        "pixel %d is %d as int32, which is no grey level; as float32 it is %s; say float32, int32 or uint32 with --pixels"
                                .formatted(i, value, in.getFloat(4 * i)));
            }
        }
        return read(bytes, count, PixelType.INT32);
    }

    private static float[] int64(byte[] bytes, int count) throws FormatException {
        ByteBuffer in = little(bytes);
        for (int i = 0; i < count; i++) {
            long value = in.getLong(8 * i);
            if (value != (int) value) {
                throw new FormatException(
                        "pixel %d is %d, which is no grey level of 32 bits; as float64 it is %s; say float64 or int64 with --pixels"
                                .formatted(i, value, in.getDouble(8 * i)));
            }
        }
        return read(bytes, count, PixelType.INT64);
    }

    /**
     * Classes of pixels, 0 … 255, from numbers of any type: only one of the integers and floats of a size can be such a class, but
     * for 0, which is 0 in all.
     */
    static byte[] classes(byte[] bytes, int count) throws FormatException {
        PixelType[] types = switch (bytes.length % count == 0 ? bytes.length / count : 0) {
            case 1 -> new PixelType[] {PixelType.UINT8};
            case 2 -> new PixelType[] {PixelType.INT16, PixelType.FLOAT16};
            case 4 -> new PixelType[] {PixelType.INT32, PixelType.FLOAT32};
            case 8 -> new PixelType[] {PixelType.INT64, PixelType.FLOAT64};
            default ->
                throw new FormatException("the label has %d bytes; %d pixels of 1, 2, 4 or 8 bytes were expected"
                        .formatted(bytes.length, count));
        };
        for (PixelType type : types) {
            double[] values = new double[count];
            ByteBuffer in = little(bytes);
            for (int i = 0; i < count; i++) {
                values[i] = type.read(in);
            }
            byte[] classes = classes(values);
            if (classes.length == count) {
                return classes;
            }
        }
        throw new FormatException("the label has values other than classes 0 … 255, whether taken for %s or %s"
                .formatted(types[0], types[types.length - 1]));
    }

    /** Numbers as classes; empty if one of them is none. */
    static byte[] classes(double[] values) {
        byte[] classes = new byte[values.length];
        for (int i = 0; i < classes.length; i++) {
            if (values[i] != (int) values[i] || values[i] < 0 || values[i] > 255) {
                return new byte[0];
            }
            classes[i] = (byte) values[i];
        }
        return classes;
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
