package dev.aorta.onnx.proto;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A stored tensor.
 *
 * @param name may be empty
 * @param type of the elements
 * @param dims extents, none for a scalar; one may be 0
 * @param data the elements in row-major order, little-endian; empty for a type of which {@link ElementType#bytes()} is 0
 */
public record TensorProto(String name, ElementType type, long[] dims, ByteBuffer data) {
    /** @throws IllegalArgumentException when the bytes do not fill the shape */
    public TensorProto {
        data = data.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (type.bytes() > 0 && data.remaining() != byteCount(type, dims)) {
            throw new IllegalArgumentException("[tensor] " + name + ": " + data.remaining() + " bytes do not fill "
                    + type.label() + " " + Arrays.toString(dims));
        }
    }

    /** Bytes of a shape, or -1 when an extent is negative or the number does not fit in 64 bits. */
    static long byteCount(ElementType type, long[] dims) {
        long count = type.bytes();
        boolean empty = false;
        for (long dim : dims) {
            if (dim < 0) {
                return -1;
            }
            empty |= dim == 0;
        }
        for (int i = 0; i < dims.length && !empty; i++) {
            if (Math.multiplyHigh(count, dims[i]) != 0 || count * dims[i] < 0) {
                return -1;
            }
            count *= dims[i];
        }
        return empty ? 0 : count;
    }

    /** A float32 tensor. */
    public static TensorProto of(String name, float[] values, long... dims) {
        ByteBuffer data = littleEndian(values.length, Float.BYTES);
        data.asFloatBuffer().put(values);
        return new TensorProto(name, ElementType.FLOAT, dims, data);
    }

    /** An int64 tensor. */
    public static TensorProto of(String name, long[] values, long... dims) {
        ByteBuffer data = littleEndian(values.length, Long.BYTES);
        data.asLongBuffer().put(values);
        return new TensorProto(name, ElementType.INT64, dims, data);
    }

    private static ByteBuffer littleEndian(int count, int bytes) {
        return ByteBuffer.allocate(Math.multiplyExact(count, bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The bytes, as a view of its own position. */
    @Override
    public ByteBuffer data() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Number of elements. */
    public int size() {
        return data.capacity() / Math.max(1, type.bytes());
    }

    /** The elements of a float type as float32; float16 and bfloat16 are widened, double is rounded. */
    public float[] floats() {
        ByteBuffer bytes = data();
        float[] values = new float[size()];
        switch (type) {
            case FLOAT -> bytes.asFloatBuffer().get(values);
            case FLOAT16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.float16ToFloat(bytes.getShort());
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat(bytes.getShort() << 16);
                }
            }
            case DOUBLE -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) bytes.getDouble();
                }
            }
            default -> throw unreadable("float32");
        }
        return values;
    }

    /** The elements of an integer type or of bool as int64; those of uint64 keep their bits. */
    public long[] longs() {
        ByteBuffer bytes = data();
        long[] values = new long[size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (type) {
                case INT64, UINT64 -> bytes.getLong();
                case INT32 -> bytes.getInt();
                case UINT32 -> Integer.toUnsignedLong(bytes.getInt());
                case INT16 -> bytes.getShort();
                case UINT16 -> Short.toUnsignedLong(bytes.getShort());
                case INT8 -> bytes.get();
                case UINT8 -> Byte.toUnsignedLong(bytes.get());
                case BOOL -> bytes.get() != 0 ? 1 : 0;
                default -> throw unreadable("int64");
            };
        }
        return values;
    }

    /** The elements of any type that is read, as float64. */
    public double[] doubles() {
        double[] values = new double[size()];
        if (type == ElementType.DOUBLE) {
            data().asDoubleBuffer().get(values);
        } else if (type.isFloat()) {
            float[] narrow = floats();
            Arrays.setAll(values, i -> narrow[i]);
        } else {
            long[] whole = longs();
            Arrays.setAll(values, i -> whole[i]);
        }
        return values;
    }

    private IllegalStateException unreadable(String as) {
        return new IllegalStateException("[tensor] " + name + " of " + type.label() + " cannot be read as " + as);
    }

    /** For example {@code float conv1.weight [64, 3, 7, 7]}. */
    @Override
    public String toString() {
        return type.label() + " " + name + " " + Arrays.toString(dims);
    }
}
