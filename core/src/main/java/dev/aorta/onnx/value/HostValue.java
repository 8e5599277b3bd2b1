package dev.aorta.onnx.value;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.TensorProto;
import java.util.Arrays;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A value on the host: whole numbers and truth values as int64, real ones as float64 rounded to their type. What is found out
 * about shapes lives here, and what is empty.
 */
public final class HostValue implements Value {
    private final ElementType type;
    private final int[] dims;
    private final long @Nullable [] whole;
    private final double @Nullable [] real;

    private HostValue(ElementType type, int[] dims, long @Nullable [] whole, double @Nullable [] real) {
        this.type = type;
        this.dims = dims;
        this.whole = whole;
        this.real = real;
    }

    /** Whole numbers or truth values, wrapped to their type. */
    public static HostValue of(ElementType type, int[] dims, long[] values) {
        LongUnaryOperator wrap = switch (type) {
            case INT64, UINT64 -> null;
            case INT32 -> v -> (int) v;
            case UINT32 -> v -> v & 0xffff_ffffL;
            case INT16 -> v -> (short) v;
            case UINT16 -> v -> v & 0xffff;
            case INT8 -> v -> (byte) v;
            case UINT8 -> v -> v & 0xff;
            case BOOL -> v -> v != 0 ? 1 : 0;
            default -> throw new IllegalArgumentException("[value] " + type + " is no type of whole numbers");
        };
        return new HostValue(
                type,
                dims,
                wrap == null ? values : Arrays.stream(values).map(wrap).toArray(),
                null);
    }

    /** Real numbers, rounded to their type. */
    public static HostValue of(ElementType type, int[] dims, double[] values) {
        double[] rounded = switch (type) {
            case DOUBLE -> values;
            case FLOAT -> Arrays.stream(values).map(v -> (float) v).toArray();
            case BFLOAT16 -> Arrays.stream(values).map(v -> bfloat16((float) v)).toArray();
            case FLOAT16 ->
                Arrays.stream(values)
                        .map(v -> Float.float16ToFloat(Float.floatToFloat16((float) v)))
                        .toArray();
            default -> throw new IllegalArgumentException("[value] " + type + " is no type of real numbers");
        };
        return new HostValue(type, dims, null, rounded);
    }

    /** The nearest number with 8 bits of precision; of two, the even one. */
    private static float bfloat16(float v) {
        int bits = Float.floatToIntBits(v);
        int rounded = Float.isNaN(v) ? bits : bits + 0x7fff + (bits >>> 16 & 1);
        return Float.intBitsToFloat(rounded & 0xffff_0000);
    }

    /** int64 numbers as a vector. */
    public static HostValue ints(long... values) {
        return of(ElementType.INT64, new int[] {values.length}, values);
    }

    /** A stored tensor, whose extents fit. */
    public static HostValue of(TensorProto stored) {
        int[] dims = Arrays.stream(stored.dims()).mapToInt(Math::toIntExact).toArray();
        return stored.type().isFloat()
                ? of(stored.type(), dims, stored.doubles())
                : of(stored.type(), dims, stored.longs());
    }

    @Override
    public ElementType type() {
        return type;
    }

    @Override
    public int[] dims() {
        return dims.clone();
    }

    @Override
    public int rank() {
        return dims.length;
    }

    @Override
    public int dim(int axis) {
        return dims[axis];
    }

    @Override
    public int size() {
        return whole != null ? whole.length : reals().length;
    }

    @Override
    public HostValue host() {
        return this;
    }

    /** Whether these are real numbers. */
    public boolean isReal() {
        return real != null;
    }

    /** One element as a whole number; a real one is cut towards 0. */
    public long whole(int i) {
        return whole != null ? whole[i] : (long) reals()[i];
    }

    /** One element as a real number. */
    public double real(int i) {
        return real != null ? real[i] : type == ElementType.UINT64 ? unsigned(whole(i)) : whole(i);
    }

    private static double unsigned(long bits) {
        return bits >= 0 ? bits : (bits >>> 1 | bits & 1) * 2.0;
    }

    /** The elements as whole numbers, as a copy. */
    public long[] toLongs() {
        long[] values = new long[size()];
        Arrays.setAll(values, this::whole);
        return values;
    }

    /** The elements as real numbers, as a copy. */
    public double[] toDoubles() {
        double[] values = new double[size()];
        Arrays.setAll(values, this::real);
        return values;
    }

    private double[] reals() {
        if (real == null) {
            throw new IllegalStateException("[value] no real numbers");
        }
        return real;
    }

    @Override
    public HostValue reshape(int... to) {
        return new HostValue(type, to.clone(), whole, real);
    }

    @Override
    public HostValue transpose(int... axes) {
        int[] to = Dims.permuted(dims, axes);
        return pickAll(to, Dims.walk(to, Dims.permuted(Dims.steps(dims), axes), 0));
    }

    @Override
    public HostValue pick(int axis, int... index) {
        int outer = Dims.product(dims, 0, axis);
        int inner = Dims.product(dims, axis + 1, dims.length);
        int[] all = new int[Dims.size(outer, index.length, inner)];
        int n = 0;
        for (int o = 0; o < outer; o++) {
            for (int i : index) {
                for (int k = 0; k < inner; k++) {
                    all[n++] = (o * dims[axis] + i) * inner + k;
                }
            }
        }
        return pickAll(Dims.with(dims, axis, index.length), all);
    }

    @Override
    public HostValue pickAll(int[] to, int[] index) {
        if (whole != null) {
            long[] from = whole;
            return new HostValue(
                    type, to, Arrays.stream(index).mapToLong(i -> from[i]).toArray(), null);
        }
        double[] from = reals();
        return new HostValue(
                type, to, null, Arrays.stream(index).mapToDouble(i -> from[i]).toArray());
    }

    @Override
    public HostValue as(ElementType other) {
        return new HostValue(other, dims, whole, real);
    }

    /** The elements converted to another type; real numbers are cut towards 0 where whole ones are asked for. */
    public HostValue cast(ElementType to) {
        if (to.isFloat()) {
            return of(to, dims, toDoubles());
        }
        if (to == ElementType.BOOL && real != null) {
            return of(
                    to, dims, Arrays.stream(real).mapToLong(v -> v != 0 ? 1 : 0).toArray());
        }
        return of(to, dims, toLongs());
    }

    /**
     * A copy on a device, as float32.
     *
     * @throws IllegalArgumentException when a whole number is larger than float32 holds exactly
     */
    public Tensor upload(Device device) {
        float[] values = new float[size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) real(i);
            if (real == null && Math.abs(whole(i)) > 1 << 24) {
                throw new IllegalArgumentException("[onnx] the whole number " + whole(i)
                        + " would be rounded on the device, where numbers are float32");
            }
        }
        return Tensor.of(device, values, Shape.of(dims).dims());
    }

    @Override
    public String toString() {
        return type.label() + " " + Arrays.toString(dims);
    }
}
