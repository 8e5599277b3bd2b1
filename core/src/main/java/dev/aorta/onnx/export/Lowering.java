package dev.aorta.onnx.export;

import dev.aorta.onnx.export.Value.Constant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A program on its way into a graph: where each value stands. Nodes that move elements are made when a value is needed in another
 * order of axes.
 */
final class Lowering {
    private static final int[] IMAGE = Axes.channelsFirst(4);

    final Program program;
    final GraphBuilder graph;
    final int opset;
    private final Map<Value, Placed> placed = new LinkedHashMap<>();
    private final Map<List<Object>, String> moved = new HashMap<>();
    private final Map<List<Integer>, String> extents = new HashMap<>();
    private final Set<Step> done = new HashSet<>();

    Lowering(Program program, GraphBuilder graph, int opset) {
        this.program = program;
        this.graph = graph;
        this.opset = opset;
    }

    // ---- steps

    /** Notes that a step needs no nodes of its own any more. */
    void skip(Step step) {
        done.add(step);
    }

    boolean isDone(Step step) {
        return done.contains(step);
    }

    // ---- values

    void place(Value value, Placed at) {
        placed.put(value, at);
    }

    void place(Value value, String name, int[] order) {
        place(value, Placed.of(name, value, order));
    }

    boolean isConstant(Value value) {
        return value.constant() != null;
    }

    /** Where a value stands, with axes that are only thought of as taken apart; a constant is stored now. */
    Placed lazy(Value value) {
        Placed p = placed.get(value);
        int[] own = Axes.identity(value.rank());
        return p == null ? Placed.of(stored(value, own, value.shape().dims()), value, own) : p;
    }

    /** Where a value stands as a tensor. */
    Placed at(Value value) {
        return real(lazy(value));
    }

    private Placed real(Placed p) {
        return new Placed(fitted(p.name(), p.stored(), p.dims()), p.dims(), p.groups());
    }

    /** Where a value stands with its last axis the last of the tensor. */
    Placed lastAxisLast(Value value) {
        Placed p = at(value);
        if (p.isLastLast()) {
            return p;
        }
        int rank = p.groups().size();
        List<int[]> dims = new ArrayList<>(
                p.sequence(Axes.identity(rank - 1)).stream().map(p.dims()::get).toList());
        List<List<Integer>> groups = new ArrayList<>();
        int next = 0;
        for (List<Integer> group : p.groups().subList(0, rank - 1)) {
            int first = next;
            next += group.size();
            groups.add(IntStream.range(first, next).boxed().toList());
        }
        dims.add(value.extent(rank - 1));
        groups.add(value.isUnit(rank - 1) ? List.of() : List.of(next));
        return new Placed(laidOut(p, Axes.identity(rank), dims), dims, groups);
    }

    /** The order of all axes in which a value can be had with the least movement; a constant takes any. */
    int[] order(Value value) {
        Placed p = placed.get(value);
        int[] identity = Axes.identity(value.rank());
        if (p == null) {
            return identity;
        }
        List<Integer> sequence = Arrays.stream(p.natural()).boxed().toList();
        for (int[] usual : value.rank() == 4 ? List.of(IMAGE, identity) : List.of(identity)) {
            if (Arrays.stream(usual).boxed().filter(sequence::contains).toList().equals(sequence)) {
                return usual;
            }
        }
        List<Integer> order = new ArrayList<>(sequence);
        for (int axis = 0; axis < value.rank(); axis++) {
            if (!order.contains(axis)) {
                order.add(order.indexOf(axis - 1) + 1, axis);
            }
        }
        return order.stream().mapToInt(a -> a).toArray();
    }

    /** Name of a value with all its axes in a given order. */
    String in(Value value, int... order) {
        return isConstant(value)
                ? stored(value, order, dims(value, order))
                : laidOut(lazy(value), order, value.extents(order));
    }

    /** Name of a tensor of the given extents that holds what stands somewhere, with the axes in a given order. */
    String laidOut(Placed where, int[] order, List<int[]> wanted) {
        if (Placed.isAscending(where.sequence(order))) {
            return fitted(where.name(), where.stored(), wanted);
        }
        Placed p = real(where);
        List<Integer> permutation = p.permutation(order);
        long[] axes = permutation.stream().mapToLong(axis -> axis).toArray();
        String name = moved.computeIfAbsent(
                List.of(p.name(), permutation),
                k -> graph.node("Transpose", p.name()).with("perm", axes).out());
        return fitted(name, permutation.stream().map(p.dims()::get).toList(), wanted);
    }

    private String fitted(String name, List<int[]> from, List<int[]> to) {
        if (Placed.alike(from, to)) {
            return name;
        }
        List<Object> key = List.of(name, to.stream().map(Lowering::ints).toList());
        String there = moved.get(key);
        if (there == null) {
            there = Placed.alike(others(from), others(to)) ? squeezed(name, from, to) : reshape(name, from, to);
            moved.put(key, there);
        }
        return there;
    }

    private static List<int[]> others(List<int[]> dims) {
        return dims.stream().filter(d -> !Placed.isUnit(d)).toList();
    }

    /** Takes away and adds axes of extent 1. */
    private String squeezed(String name, List<int[]> from, List<int[]> to) {
        List<Long> gone = new ArrayList<>();
        List<Long> added = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < from.size() || j < to.size()) {
            if (i < from.size() && j < to.size() && Arrays.equals(from.get(i), to.get(j))) {
                i++;
                j++;
            } else if (i < from.size() && Placed.isUnit(from.get(i))) {
                gone.add((long) i++);
            } else {
                added.add((long) j++);
            }
        }
        String less = gone.isEmpty()
                ? name
                : graph.node("Squeeze", name, wholes(gone)).out();
        return added.isEmpty()
                ? less
                : graph.node("Unsqueeze", less, wholes(added)).out();
    }

    private String wholes(List<Long> values) {
        return graph.ints(values.stream().mapToLong(v -> v).toArray());
    }

    /**
     * Name of a value that is broadcast against others: with axes of extent 1 in front up to the rank of the order, in that
     * order.
     *
     * @param whole whether another operand has all axes, so that those of extent 1 in front may be left out
     */
    String broadcast(Value value, int[] order, boolean whole) {
        int lacking = order.length - value.rank();
        int[] own = Arrays.stream(order)
                .filter(a -> a >= lacking)
                .map(a -> a - lacking)
                .toArray();
        List<int[]> dims = new ArrayList<>();
        int[] one = new int[value.shapes().size()];
        Arrays.fill(one, 1);
        for (int axis : order) {
            dims.add(axis < lacking ? one : value.extent(axis - lacking));
        }
        for (int axis : order) {
            boolean spare = isConstant(value) ? Placed.isUnit(dims.getFirst()) : axis < lacking;
            if (!whole || !spare) {
                break;
            }
            dims.removeFirst();
        }
        return isConstant(value)
                ? stored(value, own, dims.stream().mapToInt(d -> d[0]).toArray())
                : laidOut(lazy(value), own, dims);
    }

    /** Name of a constant with its axes in a given order, under a shape of as many elements. */
    String stored(Value value, int[] order, int[] dims) {
        Constant c = value.constant();
        if (c == null) {
            throw new SizeDependence("a constant " + value + " depends on the size of the input");
        }
        if (dims.length == 0 && !c.learnt()) {
            return graph.scalar(c.values().getFirst().get()[0]);
        }
        int[] own = value.shape().dims();
        return graph.floats(
                List.of(value, ints(order), ints(dims)),
                c.name(),
                () -> Axes.permuted(c.values().getFirst().get(), own, order),
                dims);
    }

    private static int[] dims(Value value, int[] order) {
        return Arrays.stream(order).map(value.shape()::dim).toArray();
    }

    // ---- sizes

    /** A tensor of one whole number, an extent. */
    private String extent(int[] atEachSize) {
        if (isFixed(atEachSize)) {
            return graph.ints(atEachSize[0]);
        }
        return extents.computeIfAbsent(ints(atEachSize), k -> {
            for (Placed p : placed.values()) {
                for (int axis = 0; axis < p.stored().size(); axis++) {
                    if (Arrays.equals(p.stored().get(axis), atEachSize)) {
                        return graph.node("Shape", p.name())
                                .with("start", axis)
                                .with("end", axis + 1)
                                .out();
                    }
                }
            }
            throw new SizeDependence("an extent of " + atEachSize[0] + " is that of no axis at other sizes");
        });
    }

    /** A tensor of whole numbers, a shape. */
    String shape(List<int[]> dims) {
        if (dims.stream().allMatch(Lowering::isFixed)) {
            return graph.ints(dims.stream().mapToLong(d -> d[0]).toArray());
        }
        if (dims.size() == 1) {
            return extent(dims.getFirst());
        }
        String[] parts = dims.stream().map(this::extent).toArray(String[]::new);
        return graph.node("Concat", parts).with("axis", 0).out();
    }

    /** The same elements under another shape. */
    String reshape(String name, List<int[]> from, List<int[]> to) {
        long[] target = new long[to.size()];
        int open = 0;
        for (int i = 0; i < target.length; i++) {
            int[] dim = to.get(i);
            boolean kept = i < from.size() && Arrays.equals(from.get(i), dim);
            target[i] = isFixed(dim) ? dim[0] : kept ? 0 : -1;
            open += target[i] == -1 ? 1 : 0;
        }
        return graph.node("Reshape", name, open < 2 ? graph.ints(target) : shape(to))
                .out();
    }

    static boolean isFixed(int[] extent) {
        return Arrays.stream(extent).allMatch(e -> e == extent[0]);
    }

    private static List<Integer> ints(int[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
