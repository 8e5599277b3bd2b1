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

/**
 * A program on its way into a graph: where each value stands, and with its axes in which order. An operation that moves axes
 * changes only the order that is noted here; nodes that move elements are made when a value is needed in another order.
 */
final class Lowering {
    /** Name of a tensor of the graph, and for each of its axes which axis of the value it is. */
    record Placed(String name, int[] order) {}

    private record Key(Value value, List<Object> form) {}

    final Program program;
    final GraphBuilder graph;
    final int opset;
    private final Map<Value, Placed> placed = new LinkedHashMap<>();
    private final Map<Key, String> moved = new HashMap<>();
    private final Map<List<Integer>, String> extents = new HashMap<>();
    private final Map<Value, int[]> rearranged = new HashMap<>();
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

    void place(Value value, String name, int[] order) {
        placed.put(value, new Placed(name, order));
    }

    /** Where a value stands; a constant is stored now, in the order of the network. */
    Placed at(Value value) {
        Placed p = placed.get(value);
        if (p != null) {
            return p;
        }
        int[] order = Axes.identity(value.rank());
        return new Placed(stored(value, order, value.shape().dims()), order);
    }

    /** The order in which a value stands; a constant takes any. */
    int[] order(Value value) {
        Placed p = placed.get(value);
        return p == null ? Axes.identity(value.rank()) : p.order;
    }

    /** The order in which a value stands if its last axis is the last there too, else that of the network. */
    int[] lastAxisLast(Value value) {
        int[] order = order(value);
        return order[order.length - 1] == order.length - 1 ? order : Axes.identity(order.length);
    }

    boolean isConstant(Value value) {
        return value.constant() != null;
    }

    /** Name of a value with its axes in a given order. */
    String in(Value value, int... order) {
        if (isConstant(value)) {
            return stored(value, order, dims(value, order));
        }
        Placed p = at(value);
        if (Arrays.equals(p.order, order)) {
            return p.name;
        }
        return moved.computeIfAbsent(
                new Key(value, List.of(ints(order))),
                k -> graph.node("Transpose", p.name)
                        .with("perm", GraphBuilder.longs(Axes.between(p.order, order)))
                        .out());
    }

    /**
     * Name of a value that is broadcast against others: with axes of extent 1 in front up to the rank of the order, in that
     * order.
     *
     * @param whole whether another operand has all axes, so that those of extent 1 in front may be left out
     */
    String broadcast(Value value, int[] order, boolean whole) {
        int lacking = order.length - value.rank();
        if (isConstant(value)) {
            int[] own = Arrays.stream(order)
                    .filter(a -> a >= lacking)
                    .map(a -> a - lacking)
                    .toArray();
            List<Integer> dims = new ArrayList<>();
            for (int axis : order) {
                dims.add(axis < lacking ? 1 : value.shape().dim(axis - lacking));
            }
            while (whole && !dims.isEmpty() && dims.getFirst() == 1) {
                dims.removeFirst();
            }
            return stored(value, own, dims.stream().mapToInt(d -> d).toArray());
        }
        if (lacking == 0) {
            return in(value, order);
        }
        int[] own = Arrays.stream(order)
                .filter(a -> a >= lacking)
                .map(a -> a - lacking)
                .toArray();
        String name = in(value, own);
        List<Long> added = new ArrayList<>();
        for (int j = 0; j < order.length; j++) {
            if (order[j] < lacking) {
                added.add((long) j);
            }
        }
        boolean inFront = added.getLast() == added.size() - 1;
        if (inFront) {
            return name;
        }
        String axes = graph.ints(added.stream().mapToLong(a -> a).toArray());
        return moved.computeIfAbsent(
                new Key(value, List.of(ints(order), "broadcast")),
                k -> graph.node("Unsqueeze", name, axes).out());
    }

    /** Name of a constant with its axes in a given order, under a shape of as many elements. */
    private String stored(Value value, int[] order, int[] dims) {
        Constant c = value.constant();
        if (c == null) {
            throw new SizeDependence("a constant " + value + " depends on the size of the input");
        }
        if (dims.length == 0 && !c.learnt()) {
            return graph.scalar(c.values().getFirst().get()[0]);
        }
        int[] own = value.shape().dims();
        return graph.floats(
                new Key(value, List.of(ints(order), ints(dims))),
                c.name(),
                () -> Axes.permuted(c.values().getFirst().get(), own, order),
                dims);
    }

    private static int[] dims(Value value, int[] order) {
        return Arrays.stream(order).map(value.shape()::dim).toArray();
    }

    /** Notes that the last axis of a value holds (H, W, C) in the order (C, H, W). */
    void rearrange(Value value, int... image) {
        rearranged.put(value, image);
    }

    /** H, W and C of a last axis that holds them in the order (C, H, W), or nothing. */
    int[] rearranged(Value value) {
        return rearranged.getOrDefault(value, new int[0]);
    }

    // ---- sizes

    /** A tensor of one whole number, an extent. */
    private String extent(int[] atEachSize) {
        if (isFixed(atEachSize)) {
            return graph.ints(atEachSize[0]);
        }
        return extents.computeIfAbsent(ints(atEachSize), k -> {
            for (Map.Entry<Value, Placed> e : placed.entrySet()) {
                int[] order = e.getValue().order;
                for (int j = 0; j < order.length; j++) {
                    if (Arrays.equals(e.getKey().extent(order[j]), atEachSize)) {
                        return graph.node("Shape", e.getValue().name)
                                .with("start", j)
                                .with("end", j + 1)
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
