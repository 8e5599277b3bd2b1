package dev.aorta.onnx.value;

import dev.aorta.Tensor;
import dev.aorta.onnx.proto.ElementType;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * A value on a device: a tensor, and the order in which the standard's axes stand in its memory. Transposing renames axes and
 * moves nothing; an operator asks for the order that its kernel needs, and only where the memory has another one is it rearranged.
 * So the transpositions between (N, C, H, W) and (N, H, W, C) cancel.
 *
 * <p>The tensor's own shape may lack or have axes of extent 1, or be joined otherwise, until {@link #tensor()} asks for it.
 */
public final class DeviceValue implements Value {
    private final Tensor raw;
    private final ElementType type;
    private final int[] dims;
    private final int[] order;

    /**
     * A value.
     *
     * @param raw as many elements as the extents hold
     * @param dims extents in the standard's order
     * @param order for each axis of the memory, outermost first, which of the standard's axes it is
     */
    public DeviceValue(Tensor raw, ElementType type, int[] dims, int[] order) {
        this.raw = raw;
        this.type = type;
        this.dims = dims;
        this.order = order;
        if (raw.shape().size() != Dims.size(dims) || dims.length != order.length) {
            throw new IllegalStateException("[value] " + raw.shape() + " does not hold " + Arrays.toString(dims));
        }
    }

    /** A float value whose memory has the standard's order. */
    public static DeviceValue of(Tensor tensor) {
        return new DeviceValue(
                tensor,
                ElementType.FLOAT,
                tensor.shape().dims(),
                Dims.inOrder(tensor.shape().rank()));
    }

    /** A tensor that stands in memory as {@code order} says, of this type. */
    public DeviceValue like(Tensor tensor, int[] newDims, int[] newOrder) {
        return new DeviceValue(tensor, type, newDims, newOrder);
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
        return raw.shape().size();
    }

    /** The order of the axes in memory, as a copy. */
    public int[] order() {
        return order.clone();
    }

    /** The memory, under whatever shape it was made. */
    public Tensor raw() {
        return raw;
    }

    /** The memory with its axes apart, in their {@link #order()}. */
    public Tensor tensor() {
        return shaped(Dims.permuted(dims, order));
    }

    /** The memory under a shape of as many elements. */
    public Tensor shaped(int... shape) {
        return Arrays.equals(raw.shape().dims(), shape) ? raw : raw.reshape(shape);
    }

    /** The memory with its axes apart, perhaps without those in front that are 1: it is broadcast to the same. */
    public Tensor trimmed() {
        int[] physical = Dims.permuted(dims, order);
        if (Arrays.equals(raw.shape().dims(), physical)) {
            return raw;
        }
        int ones = 0;
        while (ones < physical.length && physical[ones] == 1) {
            ones++;
        }
        return shaped(Arrays.copyOfRange(physical, ones, physical.length));
    }

    /** The tensor in the standard's order of axes. */
    public Tensor inOrder() {
        return to(Dims.inOrder(dims.length)).tensor();
    }

    /** This with its memory in a given order; axes of extent 1 move for nothing. */
    public DeviceValue to(int... wanted) {
        if (isSameMemory(wanted)) {
            return new DeviceValue(raw, type, dims, wanted);
        }
        int[] move = new int[wanted.length];
        Arrays.setAll(move, i -> Dims.indexOf(order, wanted[i]));
        return new DeviceValue(tensor().permute(move), type, dims, wanted);
    }

    /** Whether the axes that are longer than 1 stand in the same order. */
    private boolean isSameMemory(int[] wanted) {
        int i = 0;
        for (int axis : wanted) {
            if (dims[axis] != 1) {
                while (dims[order[i]] == 1) {
                    i++;
                }
                if (order[i++] != axis) {
                    return false;
                }
            }
        }
        return true;
    }

    /** A function of every element. */
    public DeviceValue map(UnaryOperator<Tensor> f) {
        return new DeviceValue(f.apply(raw), type, dims, order);
    }

    /** Where an axis stands in memory. */
    public int position(int axis) {
        return Dims.indexOf(order, axis);
    }

    @Override
    public HostValue host() {
        float[] values = inOrder().toArray();
        if (type.isFloat()) {
            double[] real = new double[values.length];
            Arrays.setAll(real, i -> values[i]);
            return HostValue.of(type, dims, real);
        }
        long[] whole = new long[values.length];
        Arrays.setAll(whole, i -> (long) values[i]);
        return HostValue.of(type, dims, whole);
    }

    @Override
    public DeviceValue reshape(int... to) {
        return Reshaping.of(this, to);
    }

    @Override
    public DeviceValue transpose(int... axes) {
        int[] renamed = new int[order.length];
        Arrays.setAll(renamed, i -> Dims.indexOf(axes, order[i]));
        return new DeviceValue(raw, type, Dims.permuted(dims, axes), renamed);
    }

    /** Some elements of an axis in steps: {@code from}, {@code from + step}, .., below {@code to}. */
    public DeviceValue slice(int axis, int from, int to, int step) {
        return like(
                tensor().slice(position(axis), from, to, step),
                Dims.with(dims, axis, Math.ceilDiv(to - from, step)),
                order);
    }

    @Override
    public Value pick(int axis, int... index) {
        if (index.length == 0) {
            return host().pick(axis, index);
        }
        int step = index.length == 1 ? 1 : index[1] - index[0];
        boolean even = step > 0;
        for (int i = 1; i < index.length && even; i++) {
            even = index[i] - index[i - 1] == step;
        }
        if (even && index.length == dims[axis] && step == 1) {
            return this;
        }
        if (even) {
            return slice(axis, index[0], index[index.length - 1] + 1, step);
        }
        return like(tensor().gather(position(axis), indices(index)), Dims.with(dims, axis, index.length), order);
    }

    @Override
    public Value pickAll(int[] to, int[] index) {
        if (index.length == 0) {
            return host().pickAll(to, index);
        }
        Tensor flat = to(Dims.inOrder(dims.length)).shaped(size());
        return like(flat.gather(0, indices(index)), to, Dims.inOrder(to.length));
    }

    private Tensor indices(int[] index) {
        if (Arrays.stream(index).max().orElse(0) > 1 << 24) {
            throw new IllegalArgumentException(
                    "[onnx] index over " + (1 << 24) + ": the device holds indices as float32");
        }
        float[] values = new float[index.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = index[i];
        }
        return Tensor.of(raw.device(), values, values.length);
    }

    @Override
    public DeviceValue as(ElementType other) {
        return new DeviceValue(raw, other, dims, order);
    }

    @Override
    public String toString() {
        return type.label() + " " + Arrays.toString(dims);
    }
}
