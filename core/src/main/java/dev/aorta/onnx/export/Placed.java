package dev.aorta.onnx.export;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Where a value stands: a tensor of the graph, and which of its axes make up each axis of the value. So permuting axes, joining
 * them, taking them apart, and adding or taking away those of extent 1 move nothing.
 *
 * @param name of the tensor
 * @param stored its extents, each at every size
 * @param dims the same, or with some of them taken apart
 * @param groups for each axis of the value those of dims that it consists of, the outer first; none if its extent is 1
 */
record Placed(String name, List<int[]> stored, List<int[]> dims, List<List<Integer>> groups) {
    /** A tensor as it is. */
    Placed(String name, List<int[]> dims, List<List<Integer>> groups) {
        this(name, dims, dims, groups);
    }

    /** A value whose axes stand in the given order. */
    static Placed of(String name, Value value, int[] order) {
        int[] places = Axes.places(order);
        List<List<Integer>> groups = IntStream.range(0, order.length)
                .mapToObj(axis -> value.isUnit(axis) ? List.<Integer>of() : List.of(places[axis]))
                .toList();
        return new Placed(name, value.extents(order), groups);
    }

    /** Another tensor that stands in the same way. */
    Placed named(String other) {
        return new Placed(other, stored, dims, groups);
    }

    /** Whether a value stands in the same way. */
    boolean isLike(Placed other) {
        return groups.equals(other.groups) && alike(dims, other.dims) && alike(stored, other.stored);
    }

    /** Whether the last axis is that of the tensor. */
    boolean isLastLast() {
        return !groups.isEmpty() && groups.getLast().equals(List.of(dims.size() - 1));
    }

    /** The tensor's axes other than 1, when those of the value stand in the given order. */
    List<Integer> sequence(int[] order) {
        return Arrays.stream(order)
                .boxed()
                .flatMap(axis -> groups.get(axis).stream())
                .toList();
    }

    /** The axes other than 1 in the order in which they begin, or in their own where they lie among one another. */
    int[] natural() {
        int[] begun = IntStream.range(0, groups.size())
                .filter(axis -> !groups.get(axis).isEmpty())
                .boxed()
                .sorted((a, b) ->
                        Integer.compare(groups.get(a).getFirst(), groups.get(b).getFirst()))
                .mapToInt(a -> a)
                .toArray();
        return isAscending(sequence(begun))
                ? begun
                : Arrays.stream(begun).sorted().toArray();
    }

    /** All axes of the tensor in the order that a value in the given order needs. */
    List<Integer> permutation(int[] order) {
        List<Integer> units = new ArrayList<>(IntStream.range(0, dims.size())
                .filter(d -> isUnit(dims.get(d)))
                .boxed()
                .toList());
        boolean plain = order.length == dims.size() && groups.stream().allMatch(g -> g.size() < 2);
        List<Integer> permutation = new ArrayList<>();
        for (int axis : order) {
            permutation.addAll(groups.get(axis));
            if (plain && groups.get(axis).isEmpty()) {
                permutation.add(units.removeFirst());
            }
        }
        permutation.addAll(units.stream().filter(u -> !permutation.contains(u)).toList());
        return permutation;
    }

    static boolean isAscending(List<Integer> sequence) {
        return sequence.stream().sorted().toList().equals(sequence);
    }

    static boolean isUnit(int[] extent) {
        return Arrays.stream(extent).allMatch(e -> e == 1);
    }

    static boolean alike(List<int[]> a, List<int[]> b) {
        return Arrays.deepEquals(a.toArray(), b.toArray());
    }
}
