package dev.aorta.onnx.export;

import dev.aorta.backend.Binary;
import dev.aorta.backend.Reduction;
import dev.aorta.op.BinaryOp;
import dev.aorta.op.MatMul;
import dev.aorta.op.Reduce;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Products of matrices, reductions and softmax. */
final class Products {
    private static final int AXES_AS_INPUT_SINCE = 18;

    private final Lowering to;

    Products(Lowering to) {
        this.to = to;
    }

    void matmul(Step s, MatMul op) {
        Value a = s.in(0);
        Value b = s.in(1);
        boolean linear = op.shape().transposeB();
        if (linear && a.rank() == 2) {
            gemm(s, a, b);
            return;
        }
        int[] order = b.rank() == 2 ? to.lastAxisLast(a) : Axes.identity(a.rank());
        String right = linear ? to.in(b, 1, 0) : to.in(b, Axes.identity(b.rank()));
        String y = to.graph.node("MatMul", to.in(a, order), right).out();
        to.place(s.output(), y, b.rank() == 2 ? order : Axes.identity(s.output().rank()));
    }

    private void gemm(Step s, Value a, Value b) {
        List<String> inputs = new ArrayList<>(List.of(to.in(a, 0, 1), weight(a, b)));
        Step sum = to.isConstant(b) ? bias(s) : null;
        if (sum != null) {
            inputs.add(to.in(sum.in(1), 0));
            to.skip(sum);
        }
        String y = to.graph
                .node("Gemm", inputs.toArray(String[]::new))
                .with("transB", 1)
                .out();
        to.place(s.output(), y, new int[] {0, 1});
        if (sum != null) {
            to.place(sum.output(), y, new int[] {0, 1});
        }
    }

    /** The weight, with its columns in the order in which a flattened image stands. */
    private String weight(Value a, Value b) {
        int[] image = to.rearranged(a);
        if (image.length == 0) {
            return to.in(b, 0, 1);
        }
        Value.Constant w = Objects.requireNonNull(b.constant());
        int rows = b.shape().dim(0);
        int[] dims = {rows, image[0], image[1], image[2]};
        return to.graph.floats(
                List.of(b, "of an image"),
                w.name(),
                () -> Axes.permuted(w.values().getFirst().get(), dims, new int[] {0, 3, 1, 2}),
                b.shape().dims());
    }

    /** The addition of a constant row that alone follows, or null. */
    private @Nullable Step bias(Step s) {
        Step next = to.program.onlyUser(s.output());
        boolean adds = next != null
                && next.op() instanceof BinaryOp sum
                && sum.f() == Binary.ADD
                && next.in(0) == s.output()
                && to.isConstant(next.in(1))
                && next.in(1).rank() == 1
                && next.in(1).shape().dim(0) == s.output().shape().dim(1);
        return adds ? next : null;
    }

    void softmax(Step s) {
        Value x = s.in(0);
        int[] order = to.order(x);
        int axis = Axes.places(order)[order.length - 1];
        to.place(
                s.output(),
                to.graph.node("Softmax", to.in(x, order)).with("axis", axis).out(),
                order);
    }

    void reduce(Step s, Reduce op) {
        Value x = s.in(0);
        boolean keep = op.outputShape().rank() == x.rank();
        boolean[] reduced = reduced(s, x.rank() - op.outputShape().rank());
        int[] order = to.order(x);
        int[] places = Axes.places(order);
        long[] axes = IntStream.range(0, reduced.length)
                .filter(axis -> reduced[axis])
                .mapToLong(axis -> places[axis])
                .sorted()
                .toArray();
        String y = reduced(to.in(x, order), s.same(Reduce.class, Reduce::f), axes, keep);
        to.place(s.output(), y, keep ? order : Axes.without(order, reduced));
    }

    /** The reduced axes: those that become 1, and of those that were 1 before as many as vanish. */
    private static boolean[] reduced(Step s, int vanish) {
        List<Reduce> each = s.each(Reduce.class, r -> r);
        int rank = each.getFirst().input().rank();
        boolean[] reduced = new boolean[rank];
        int missing = vanish;
        for (int axis = 0; axis < rank; axis++) {
            int at = axis;
            boolean one = each.stream().allMatch(r -> r.kept().dim(at) == 1);
            reduced[axis] = one && each.stream().anyMatch(r -> r.input().dim(at) > 1);
            missing -= reduced[axis] ? 1 : 0;
        }
        for (int axis = rank - 1; axis >= 0; axis--) {
            int at = axis;
            boolean one = !reduced[at] && each.stream().allMatch(r -> r.kept().dim(at) == 1);
            boolean counts = vanish == 0 || missing > 0;
            if (one && counts) {
                reduced[at] = true;
                missing--;
            }
        }
        return reduced;
    }

    private String reduced(String x, Reduction f, long[] axes, boolean keep) {
        if (axes.length == 0) {
            return f == Reduction.SUM_OF_SQUARES ? to.graph.node("Mul", x, x).out() : x;
        }
        if (f == Reduction.ARGMAX || f == Reduction.ARGMIN) {
            String index = to.graph
                    .node(f == Reduction.ARGMAX ? "ArgMax" : "ArgMin", x)
                    .with("axis", (int) axes[0])
                    .with("keepdims", keep ? 1 : 0)
                    .out();
            return to.graph.node("Cast", index).with("to", 1).out();
        }
        String opType = switch (f) {
            case SUM -> "ReduceSum";
            case MEAN -> "ReduceMean";
            case MAX -> "ReduceMax";
            case MIN -> "ReduceMin";
            case SUM_OF_SQUARES -> "ReduceSumSquare";
            case LOG_SUM_EXP -> "ReduceLogSumExp";
            case ARGMAX, ARGMIN -> throw new AssertionError(f);
        };
        boolean asInput = f == Reduction.SUM || to.opset >= AXES_AS_INPUT_SINCE;
        NodeBuilder node = asInput
                ? to.graph.node(opType, x, to.graph.ints(axes))
                : to.graph.node(opType, x).with("axes", axes);
        return node.with("keepdims", keep ? 1 : 0).out();
    }
}
