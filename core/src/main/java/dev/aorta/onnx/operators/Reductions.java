package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import dev.aorta.backend.Reduction;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Many numbers to one. */
final class Reductions {
    private Reductions() {}

    static List<Operator> rows() {
        return Stream.of("Sum", "Mean", "Max", "Min", "Prod", "SumSquare", "L1", "L2", "LogSum", "LogSumExp")
                .map(kind -> Operator.of("Reduce" + kind, "axes keepdims noop_with_empty_axes", Reductions::reduce)
                        .host(1))
                .toList();
    }

    private static Value reduce(Call c) {
        Value x = c.in(0);
        long[] stated = c.longsOrNull(1, "axes");
        boolean keep = c.integer("keepdims", 1) != 0;
        int[] axes = stated == null || stated.length == 0
                ? c.integer("noop_with_empty_axes", 0) != 0 ? new int[0] : Dims.inOrder(x.rank())
                : c.axes(stated, x.rank());
        return reduce(c, x, c.node().opType(), axes, keep);
    }

    /**
     * A reduction.
     *
     * @param kind the operator's name
     * @param axes counted from 0, none twice
     */
    static Value reduce(Call c, Value x, String kind, int[] axes, boolean keep) {
        int[] kept = x.dims();
        for (int axis : axes) {
            kept[axis] = 1;
        }
        Value y = x instanceof DeviceValue d && d.type().isFloat()
                ? onDevice(d, kind, axes, kept)
                : HostReduction.of(kind, x.host(), axes, kept);
        if (keep) {
            return y;
        }
        int[] left = IntStream.range(0, x.rank())
                .filter(axis -> !Dims.contains(axes, axis))
                .map(axis -> kept[axis])
                .toArray();
        return y.reshape(left);
    }

    private static DeviceValue onDevice(DeviceValue x, String kind, int[] axes, int[] kept) {
        Tensor t = x.tensor();
        int[] at = Arrays.stream(axes).map(x::position).toArray();
        Tensor y = switch (kind) {
            case "ReduceSum" -> reduce(t, Reduction.SUM, at);
            case "ReduceMean" -> reduce(t, Reduction.MEAN, at);
            case "ReduceMax" -> reduce(t, Reduction.MAX, at);
            case "ReduceMin" -> reduce(t, Reduction.MIN, at);
            case "ReduceSumSquare" -> at.length == 0 ? t.square() : reduce(t, Reduction.SUM_OF_SQUARES, at);
            case "ReduceL1" -> reduce(t.abs(), Reduction.SUM, at);
            case "ReduceL2" ->
                at.length == 0
                        ? t.abs()
                        : reduce(t, Reduction.SUM_OF_SQUARES, at).sqrt();
            case "ReduceLogSum" -> reduce(t, Reduction.SUM, at).log();
            case "ReduceLogSumExp" -> reduce(t, Reduction.LOG_SUM_EXP, at);
            case "ReduceProd" -> product(t, at);
            default -> throw new IllegalStateException(kind);
        };
        return x.like(y, kept, x.order());
    }

    private static Tensor reduce(Tensor t, Reduction f, int[] axes) {
        return axes.length == 0 ? t : t.reduce(f, true, axes);
    }

    /** Halves of an axis are multiplied until one is left. */
    private static Tensor product(Tensor t, int[] axes) {
        Tensor y = t;
        for (int axis : axes) {
            while (y.shape().dim(axis) > 1) {
                int half = y.shape().dim(axis) / 2;
                Tensor both = y.slice(axis, 0, half).mul(y.slice(axis, half, 2 * half));
                y = 2 * half == y.shape().dim(axis)
                        ? both
                        : Tensor.concat(axis, both, y.slice(axis, 2 * half, 2 * half + 1));
            }
        }
        return y;
    }

    /** Index of the largest or smallest along an axis. */
    static Value argument(Call c, boolean largest) {
        Value x = c.in(0);
        int axis = c.axis(c.integer("axis", 0), x.rank());
        boolean keep = c.integer("keepdims", 1) != 0;
        boolean last = c.integer("select_last_index", 0) != 0;
        int[] kept = Dims.with(x.dims(), axis, 1);
        Value y;
        if (x instanceof DeviceValue d && d.type().isFloat()) {
            Tensor t = d.tensor();
            int at = d.position(axis);
            Tensor turned = last ? t.flip(at) : t;
            Tensor index = largest ? turned.argmax(at) : turned.argmin(at);
            Tensor found = last ? index.mul(-1).add(d.dim(axis) - 1) : index;
            y = d.like(found, kept, d.order()).as(ElementType.INT64);
        } else {
            y = HostReduction.argument(x.host(), axis, largest, last, kept);
        }
        return keep ? y : y.reshape(Dims.replaced(kept, axis));
    }

    static List<Operator> arguments() {
        String attributes = "axis keepdims select_last_index";
        return List.of(
                Operator.of("ArgMax", attributes, c -> argument(c, true)),
                Operator.of("ArgMin", attributes, c -> argument(c, false)),
                Operator.of("CumSum", "exclusive reverse", Reductions::cumulative)
                        .host(1));
    }

    private static Value cumulative(Call c) {
        Value x = c.in(0);
        int axis = c.axis((long) c.number(1), x.rank());
        boolean exclusive = c.integer("exclusive", 0) != 0;
        boolean reverse = c.integer("reverse", 0) != 0;
        if (x instanceof HostValue h) {
            return HostReduction.cumulative(h, axis, exclusive, reverse);
        }
        int n = x.dim(axis);
        c.limited(n, n);
        float[] matrix = new float[n * n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                boolean before = reverse ? j > i : j < i;
                matrix[i * n + j] = before || i == j && !exclusive ? 1 : 0;
            }
        }
        return AxisMap.apply(c, c.device(0), axis, matrix, n);
    }
}
