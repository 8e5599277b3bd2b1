package dev.aorta.onnx.export;

import dev.aorta.Shape;
import dev.aorta.backend.GatherShape;
import dev.aorta.backend.Strided;
import dev.aorta.op.Concat;
import dev.aorta.op.Gather;
import dev.aorta.op.Move;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Concatenation, repetition, picking, slices, padding and permutations. */
final class Movements {
    private final Lowering to;

    Movements(Lowering to) {
        this.to = to;
    }

    void concat(Step s, Concat op) {
        int[] order = s.inputs().stream()
                .filter(v -> !to.isConstant(v))
                .max(Comparator.comparingInt(v -> v.shape().size()))
                .map(to::order)
                .orElseGet(() -> Axes.identity(op.outputShape().rank()));
        String[] parts = s.inputs().stream().map(v -> to.in(v, order)).toArray(String[]::new);
        if (parts.length == 1) {
            to.place(s.output(), to.lazy(s.in(0)));
            return;
        }
        int at = axis(op.outputShape(), op.shape().outer(), op.shape().extent(), axis -> true);
        String y = to.graph
                .node("Concat", parts)
                .with("axis", Axes.places(order)[at])
                .out();
        to.place(s.output(), y, order);
    }

    void expand(Step s) {
        Value x = s.in(0);
        Value y = s.output();
        boolean asLong = x.rank() == y.rank();
        int[] order = asLong ? to.order(x) : Axes.identity(y.rank());
        int lacking = y.rank() - x.rank();
        List<int[]> target = new ArrayList<>();
        int[] one = new int[y.shapes().size()];
        Arrays.fill(one, 1);
        for (int axis : order) {
            boolean kept = axis >= lacking && Arrays.equals(x.extent(axis - lacking), y.extent(axis));
            target.add(kept ? one : y.extent(axis));
        }
        String from = asLong ? to.in(x, order) : to.in(x, Axes.identity(x.rank()));
        to.place(y, to.graph.node("Expand", from, to.shape(target)).out(), order);
    }

    void gather(Step s, Gather op) {
        GatherShape g = op.shape();
        Value x = s.in(0);
        Value index = s.in(1);
        int at = axis(x.shape(), g.outer(), g.length(), axis -> op.outputShape().equals(picked(x, axis, index)));
        List<float[]> indices = index.valuesBySize();
        if (indices != null && index.rank() == 1) {
            if (isReversed(x.extent(at), indices)) {
                int[] order = to.order(x);
                slice(s, List.of(new long[] {-1, -Long.MAX_VALUE, Axes.places(order)[at], -1}), order);
                return;
            }
            for (String mode : List.of("edge", "reflect")) {
                int[] around = around(x.extent(at), indices, mode.equals("edge"));
                if (around.length > 0) {
                    pad(s, mode, "", at, around[0], around[1]);
                    return;
                }
            }
        }
        int[] order = index.rank() == 1 ? to.order(x) : Axes.identity(x.rank());
        String chosen = index.constant() == null
                ? to.graph
                        .node("Cast", to.in(index, Axes.identity(index.rank())))
                        .with("to", 7)
                        .out()
                : whole(index, index.constant().values().getFirst().get());
        String y = to.graph
                .node("Gather", to.in(x, order), chosen)
                .with("axis", Axes.places(order)[at])
                .out();
        to.place(
                s.output(),
                y,
                index.rank() == 1 ? order : Axes.identity(s.output().rank()));
    }

    private static boolean isReversed(int[] extents, List<float[]> indices) {
        boolean reversed = true;
        for (int t = 0; t < extents.length; t++) {
            float[] index = indices.get(t);
            reversed &= index.length == extents[t] && index.length > 1;
            for (int i = 0; i < index.length; i++) {
                reversed &= index[i] == index.length - 1 - i;
            }
        }
        return reversed;
    }

    private String whole(Value index, float[] values) {
        long[] whole = new long[values.length];
        Arrays.setAll(whole, i -> (long) values[i]);
        String flat = to.graph.ints(whole);
        return index.rank() == 1
                ? flat
                : to.graph
                        .node(
                                "Reshape",
                                flat,
                                to.graph.ints(GraphBuilder.longs(index.shape().dims())))
                        .out();
    }

    /** How many elements before and behind an axis repeat it or mirror it, as many at each size; or nothing. */
    private static int[] around(int[] extents, List<float[]> indices, boolean edge) {
        int added = indices.getFirst().length - extents[0];
        for (int before = 0; before <= added && added > 0; before++) {
            boolean fits = true;
            for (int t = 0; t < extents.length && fits; t++) {
                float[] index = indices.get(t);
                fits = index.length - extents[t] == added;
                for (int i = 0; i < index.length && fits; i++) {
                    int from = edge ? Math.clamp(i - before, 0, extents[t] - 1) : Math.abs(i - before);
                    fits = index[i] == (from < extents[t] ? from : 2 * (extents[t] - 1) - from);
                }
            }
            if (fits) {
                return new int[] {before, added - before};
            }
        }
        return new int[0];
    }

    private void pad(Step s, String mode, String value, int axis, int before, int after) {
        int[] order = to.order(s.in(0));
        long[] pads = new long[2 * order.length];
        int at = Axes.places(order)[axis];
        pads[at] = before;
        pads[order.length + at] = after;
        String x = to.in(s.in(0), order);
        NodeBuilder node = value.isEmpty()
                ? to.graph.node("Pad", x, to.graph.ints(pads))
                : to.graph.node("Pad", x, to.graph.ints(pads), value);
        to.place(s.output(), node.with("mode", mode).out(), order);
    }

    void move(Step s) {
        List<Move> moves = s.each(Move.class, m -> m);
        if (moves.stream().allMatch(m -> m.copy().size() < m.outputShape().size())) {
            padded(s, moves);
            return;
        }
        int[] axes = permutation(moves);
        if (axes != null) {
            Placed x = to.lazy(s.in(0));
            to.place(
                    s.output(),
                    new Placed(
                            x.name(),
                            x.stored(),
                            x.dims(),
                            Arrays.stream(axes).mapToObj(x.groups()::get).toList()));
            return;
        }
        sliced(s, moves);
    }

    private void padded(Step s, List<Move> moves) {
        Move first = moves.getFirst();
        int rank = first.input().rank();
        for (int axis = 0; axis < rank; axis++) {
            int at = axis;
            int[] before = moves.stream()
                    .mapToInt(m -> digits(m.copy().dstAt(), m.outputShape())[at])
                    .toArray();
            int[] added = moves.stream()
                    .mapToInt(m -> m.outputShape().dim(at) - m.input().dim(at))
                    .toArray();
            if (!Lowering.isFixed(before) || !Lowering.isFixed(added)) {
                throw new SizeDependence(s + ": its padding depends on the size");
            }
            if (added[0] > 0) {
                String value = to.graph.scalar(s.same(Move.class, Move::background));
                pad(s, "constant", value, axis, before[0], added[0] - before[0]);
            }
        }
    }

    private void sliced(Step s, List<Move> moves) {
        int[] order = to.order(s.in(0));
        int[] places = Axes.places(order);
        List<long[]> slices = new ArrayList<>(); // start, end, axis, step
        for (int axis = 0; axis < order.length; axis++) {
            int at = axis;
            long[] step = moves.stream().mapToLong(m -> step(m, at)).toArray();
            int[] start = moves.stream()
                    .mapToInt(m -> digits(source(m.copy(), 0), m.input())[at])
                    .toArray();
            int[] in = moves.stream().mapToInt(m -> m.input().dim(at)).toArray();
            int[] out = moves.stream().mapToInt(m -> m.outputShape().dim(at)).toArray();
            if (Arrays.equals(in, out) && step[0] > 0) {
                continue;
            }
            long by = Arrays.stream(step).filter(b -> b != 1).findFirst().orElse(1);
            long[] end = new long[in.length];
            boolean toTheEnd = true;
            for (int t = 0; t < in.length; t++) {
                if (out[t] > 1 && step[t] != by) {
                    throw new SizeDependence(s + ": its step depends on the size");
                }
                end[t] = start[t] + by * (out[t] - 1) + Long.signum(by);
                toTheEnd &= by > 0 ? start[t] + by * out[t] >= in[t] : end[t] < 0;
            }
            boolean fromTheEnd = by < 0 && IntStream.range(0, in.length).allMatch(t -> start[t] == in[t] - 1);
            long first = fromTheEnd ? -1 : bound(s, GraphBuilder.longs(start), in);
            long last = toTheEnd ? by > 0 ? Long.MAX_VALUE : -Long.MAX_VALUE : bound(s, end, in);
            slices.add(new long[] {first, last, places[axis], by});
        }
        slice(s, slices, order);
    }

    /** Cuts some axes, of each of which there are start, end, the axis in the graph and the step. */
    private void slice(Step s, List<long[]> slices, int[] order) {
        String x = to.in(s.in(0), order);
        String y = slices.isEmpty()
                ? x
                : to.graph
                        .node("Slice", x, column(slices, 0), column(slices, 1), column(slices, 2), column(slices, 3))
                        .out();
        to.place(s.output(), y, order);
    }

    private String column(List<long[]> slices, int column) {
        return to.graph.ints(slices.stream().mapToLong(a -> a[column]).toArray());
    }

    /** A place on an axis that is the same at all sizes, from the front or from the end. */
    private static long bound(Step s, long[] at, int[] extent) {
        if (Arrays.stream(at).allMatch(a -> a == at[0])) {
            return at[0];
        }
        for (int t = 0; t < at.length; t++) {
            if (at[t] - extent[t] != at[0] - extent[0]) {
                throw new SizeDependence(s + ": where it begins or ends depends on the size");
            }
        }
        return at[0] - extent[0];
    }

    /** For each axis of the result, which axis of the operand it is; null where that is not all. */
    private static int @Nullable [] permutation(List<Move> moves) {
        int rank = moves.getFirst().input().rank();
        int[] axes = new int[rank];
        return moves.getFirst().outputShape().rank() == rank && assign(moves, axes, 0, new boolean[rank]) ? axes : null;
    }

    private static boolean assign(List<Move> moves, int[] axes, int i, boolean[] taken) {
        if (i == axes.length) {
            return true;
        }
        for (int axis = 0; axis < axes.length; axis++) {
            int a = axis;
            if (!taken[a] && moves.stream().allMatch(m -> isAxis(m, i, a))) {
                taken[a] = true;
                axes[i] = a;
                if (assign(moves, axes, i + 1, taken)) {
                    return true;
                }
                taken[a] = false;
            }
        }
        return false;
    }

    /** Whether axis {@code out} of the result walks along axis {@code in} of the operand, whole. */
    private static boolean isAxis(Move m, int out, int in) {
        int extent = m.outputShape().dim(out);
        return extent == m.input().dim(in)
                && (extent == 1
                        || source(m.copy(), 0) == 0
                                && stride(m, out)
                                        == Strided.contiguous(m.input().dims())[in]);
    }

    /** Elements of the operand between neighbours along an axis of the result. */
    private static int stride(Move m, int axis) {
        int next = Strided.contiguous(m.outputShape().dims())[axis];
        return source(m.copy(), next) - source(m.copy(), 0);
    }

    /** Of a slice: positions of the operand between neighbours along the axis. */
    private static int step(Move m, int axis) {
        return m.outputShape().dim(axis) == 1
                ? 1
                : stride(m, axis) / Strided.contiguous(m.input().dims())[axis];
    }

    /** Which element of the source goes to one of a destination that is filled whole. */
    private static int source(Strided copy, int destination) {
        int from = copy.srcAt();
        for (int j = 0; j < copy.extents().length; j++) {
            from += destination / copy.dstSteps()[j] % copy.extents()[j] * copy.srcSteps()[j];
        }
        return from;
    }

    /** The index along each axis of an element. */
    private static int[] digits(int element, Shape shape) {
        int[] steps = Strided.contiguous(shape.dims());
        int[] digits = new int[steps.length];
        for (int i = 0; i < steps.length; i++) {
            digits[i] = element / steps[i] % shape.dim(i);
        }
        return digits;
    }

    private static Shape picked(Value x, int axis, Value index) {
        List<Integer> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (i == axis) {
                Arrays.stream(index.shape().dims()).forEach(dims::add);
            } else {
                dims.add(x.shape().dim(i));
            }
        }
        return Shape.of(dims.stream().mapToInt(d -> d).toArray());
    }

    /** The axis of a given extent before which axes of {@code outer} elements stand; of several, one that fits. */
    private static int axis(Shape shape, int outer, int extent, IntPredicate fits) {
        int before = 1;
        for (int axis = 0; axis < shape.rank(); axis++) {
            if (before == outer && shape.dim(axis) == extent && fits.test(axis)) {
                return axis;
            }
            before *= shape.dim(axis);
        }
        throw new IllegalStateException("no axis of " + extent + " behind " + outer + " elements in " + shape);
    }
}
