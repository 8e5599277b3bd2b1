package dev.aorta.onnx.export;

import dev.aorta.backend.Reduction;
import dev.aorta.op.Reduce;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Reductions, whose axes stay as 1 in the graph, and softmax. */
final class Reductions {
    private static final int AXES_AS_INPUT_SINCE = 18;

    private final Lowering to;

    Reductions(Lowering to) {
        this.to = to;
    }

    void softmax(Step s) {
        Value x = s.in(0);
        Placed p = to.at(x);
        if (p.groups().getLast().size() != 1) {
            p = Placed.of(to.in(x, Axes.identity(x.rank())), x, Axes.identity(x.rank()));
        }
        int axis = p.groups().getLast().isEmpty()
                ? p.dims().size() - 1
                : p.groups().getLast().getFirst();
        to.place(
                s.output(),
                p.named(to.graph.node("Softmax", p.name()).with("axis", axis).out()));
    }

    void reduce(Step s) {
        Value x = s.in(0);
        Reduction f = s.same(Reduce.class, Reduce::f);
        List<Reduce> each = s.each(Reduce.class, r -> r);
        int[] ones = IntStream.range(0, x.rank())
                .filter(axis -> each.stream().allMatch(r -> r.kept().dim(axis) == 1))
                .toArray();
        Placed p = to.at(x);
        List<Integer> axes = gone(p, ones);
        boolean index = f == Reduction.ARGMAX || f == Reduction.ARGMIN;
        if (index && axes.size() != 1) {
            int[] order = to.order(x);
            p = Placed.of(to.in(x, order), x, order);
            axes = gone(p, ones);
            axes = axes.isEmpty() ? List.of(Axes.places(order)[ones[0]]) : axes;
        }
        String name = index ? index(p.name(), f, axes.getFirst()) : reduced(p.name(), f, axes);
        to.place(s.output(), left(p, name, axes, s.output()));
    }

    /** The axes of the tensor that those of the value consist of, which do not stay. */
    private static List<Integer> gone(Placed p, int[] axes) {
        return p.sequence(axes).stream().sorted().toList();
    }

    /** Where a result stands whose axes other than 1 are those of the operand that stay. */
    private static Placed left(Placed p, String name, List<Integer> gone, Value y) {
        List<int[]> dims = new ArrayList<>(p.dims());
        for (int axis : gone) {
            int[] one = dims.get(axis).clone();
            Arrays.fill(one, 1);
            dims.set(axis, one);
        }
        List<List<Integer>> stay = new ArrayList<>(p.groups().stream()
                .filter(g -> !g.isEmpty() && !gone.containsAll(g))
                .toList());
        List<List<Integer>> groups = IntStream.range(0, y.rank())
                .mapToObj(axis -> y.isUnit(axis) ? List.<Integer>of() : stay.removeFirst())
                .toList();
        return new Placed(name, dims, groups);
    }

    private String index(String x, Reduction f, int axis) {
        String index = to.graph
                .node(f == Reduction.ARGMAX ? "ArgMax" : "ArgMin", x)
                .with("axis", axis)
                .with("keepdims", 1)
                .out();
        return to.graph.node("Cast", index).with("to", 1).out();
    }

    private String reduced(String x, Reduction f, List<Integer> gone) {
        if (gone.isEmpty()) {
            return f == Reduction.SUM_OF_SQUARES ? to.graph.node("Mul", x, x).out() : x;
        }
        long[] axes = gone.stream().mapToLong(axis -> axis).toArray();
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
        return node.with("keepdims", 1).out();
    }
}
