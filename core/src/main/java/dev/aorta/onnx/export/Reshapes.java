package dev.aorta.onnx.export;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reshaping, which moves nothing where axes are only joined, or taken apart as they were joined. */
final class Reshapes {
    private final Lowering to;

    Reshapes(Lowering to) {
        this.to = to;
    }

    void reshape(Step s) {
        Value x = s.in(0);
        Value y = s.output();
        Placed regrouped = regrouped(to.lazy(x), y);
        if (regrouped != null) {
            to.place(y, regrouped);
            return;
        }
        int[] from = Axes.identity(x.rank());
        int[] into = Axes.identity(y.rank());
        to.place(y, to.reshape(to.in(x, from), x.extents(from), y.extents(into)), into);
    }

    /** The same tensor as y, some of its axes taken apart; null where they cannot be. */
    private static @Nullable Placed regrouped(Placed p, Value y) {
        List<List<int[]>> parts = new ArrayList<>(); // of each axis of the tensor
        p.dims().forEach(d -> parts.add(new ArrayList<>()));
        List<List<int[]>> groups = new ArrayList<>(); // of each axis of y: an axis of the tensor, and which part of it
        List<Integer> dims = p.sequence(Axes.identity(p.groups().size()));
        int next = 0;
        int[] left = next < dims.size() ? p.dims().get(dims.get(next)) : new int[0];
        for (int axis = 0; axis < y.rank(); axis++) {
            int[] wanted = y.extent(axis);
            List<int[]> group = new ArrayList<>();
            while (!Placed.isUnit(wanted)) {
                int[] part = divides(left, wanted) ? left : wanted;
                if (next == dims.size() || !divides(part, left) || !divides(part, wanted)) {
                    return null;
                }
                int dim = dims.get(next);
                group.add(new int[] {dim, parts.get(dim).size()});
                parts.get(dim).add(part);
                wanted = quotient(wanted, part);
                left = quotient(left, part);
                if (Placed.isUnit(left)) {
                    next++;
                    left = next < dims.size() ? p.dims().get(dims.get(next)) : left;
                }
            }
            groups.add(group);
        }
        return numbered(p, parts, groups);
    }

    private static Placed numbered(Placed p, List<List<int[]>> parts, List<List<int[]>> groups) {
        List<int[]> dims = new ArrayList<>();
        int[] first = new int[parts.size()];
        for (int dim = 0; dim < first.length; dim++) {
            first[dim] = dims.size();
            dims.addAll(parts.get(dim).isEmpty() ? List.of(p.dims().get(dim)) : parts.get(dim));
        }
        List<List<Integer>> numbers = groups.stream()
                .map(g -> g.stream().map(part -> first[part[0]] + part[1]).toList())
                .toList();
        return new Placed(p.name(), p.stored(), dims, numbers);
    }

    private static boolean divides(int[] part, int[] whole) {
        return part.length == whole.length && IntStream.range(0, part.length).allMatch(i -> whole[i] % part[i] == 0);
    }

    private static int[] quotient(int[] whole, int[] part) {
        return IntStream.range(0, part.length).map(i -> whole[i] / part[i]).toArray();
    }
}
