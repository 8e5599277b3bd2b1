package dev.aorta.onnx.proto;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The standard's types of elements, each with its number in a file. */
public enum ElementType {
    UNDEFINED(0, 0),
    FLOAT(1, 4),
    UINT8(2, 1),
    INT8(3, 1),
    UINT16(4, 2),
    INT16(5, 2),
    INT32(6, 4),
    INT64(7, 8),
    STRING(8, 0),
    BOOL(9, 1),
    FLOAT16(10, 2),
    DOUBLE(11, 8),
    UINT32(12, 4),
    UINT64(13, 8),
    COMPLEX64(14, 0),
    COMPLEX128(15, 0),
    BFLOAT16(16, 2),
    FLOAT8E4M3FN(17, 0),
    FLOAT8E4M3FNUZ(18, 0),
    FLOAT8E5M2(19, 0),
    FLOAT8E5M2FNUZ(20, 0),
    UINT4(21, 0),
    INT4(22, 0),
    FLOAT4E2M1(23, 0),
    FLOAT8E8M0(24, 0),
    UINT2(25, 0),
    INT2(26, 0);

    private final int number;
    private final int bytes;

    ElementType(int number, int bytes) {
        this.number = number;
        this.bytes = bytes;
    }

    /** The number in a file. */
    public int number() {
        return number;
    }

    /** Bytes of an element; 0 for a type whose tensors are not read. */
    public int bytes() {
        return bytes;
    }

    /** Whether it is a real number: float16, bfloat16, float or double. */
    public boolean isFloat() {
        return this == FLOAT || this == FLOAT16 || this == BFLOAT16 || this == DOUBLE;
    }

    /** Whether it is a whole number of 8 to 64 bits; bool is not. */
    public boolean isInteger() {
        return switch (this) {
            case UINT8, INT8, UINT16, INT16, INT32, INT64, UINT32, UINT64 -> true;
            default -> false;
        };
    }

    /** The type with a number, or null when the standard has none. */
    public static @Nullable ElementType of(long number) {
        ElementType[] all = values();
        return number < 0 || number >= all.length ? null : all[(int) number];
    }

    /** The name in messages, for example {@code int64}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
