package dev.aorta.unet.imaging;

import java.nio.ByteBuffer;
import java.util.Locale;

/** Types of the numbers of which a picture is made, by their names in NumPy. */
public enum PixelType {
    UINT8(1),
    INT8(1),
    INT16(2),
    UINT16(2),
    FLOAT16(2),
    INT32(4),
    UINT32(4),
    FLOAT32(4),
    INT64(8),
    FLOAT64(8);

    private final int bytes;

    PixelType(int bytes) {
        this.bytes = bytes;
    }

    /** Size of a number. */
    int bytes() {
        return bytes;
    }

    /** The next number of {@code in}, in its byte order. */
    double read(ByteBuffer in) {
        return switch (this) {
            case UINT8 -> Byte.toUnsignedInt(in.get());
            case INT8 -> in.get();
            case INT16 -> in.getShort();
            case UINT16 -> Short.toUnsignedInt(in.getShort());
            case FLOAT16 -> Float.float16ToFloat(in.getShort());
            case INT32 -> in.getInt();
            case UINT32 -> Integer.toUnsignedLong(in.getInt());
            case FLOAT32 -> in.getFloat();
            case INT64 -> in.getLong();
            case FLOAT64 -> in.getDouble();
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
