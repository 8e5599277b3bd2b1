package dev.aorta.onnx.value;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Reshaping without leaving the order in memory where that is possible. The old and the new axes fall into groups of equal
 * products; an axis that is split is split where it stands, and only axes that are joined must stand side by side first.
 */
final class Reshaping {
    /** Axes {@code from} to {@code to - 1} of the old extents become those of the new ones. */
    private record Group(int from, int to, int newFrom, int newTo) {}

    private Reshaping() {}

    static DeviceValue of(DeviceValue v, int... to) {
        int[] dims = v.dims();
        if (Arrays.equals(dims, to)) {
            return v;
        }
        List<Group> groups = new ArrayList<>(groups(dims, to));
        groups.sort(Comparator.comparingInt(g -> place(v, g)));
        int[] wanted = new int[dims.length];
        int[] order = new int[to.length];
        int w = 0;
        int o = 0;
        for (Group g : groups) {
            for (int axis = g.from; axis < g.to; axis++) {
                wanted[w++] = axis;
            }
            for (int axis = g.newFrom; axis < g.newTo; axis++) {
                order[o++] = axis;
            }
        }
        DeviceValue adjacent = v.to(wanted);
        return adjacent.like(adjacent.raw(), to.clone(), order);
    }

    /** Where the group's largest axis stands in memory; in front where all are 1. */
    private static int place(DeviceValue v, Group g) {
        int largest = -1;
        for (int axis = g.from; axis < g.to; axis++) {
            if (v.dim(axis) > 1 && (largest < 0 || v.dim(axis) > v.dim(largest))) {
                largest = axis;
            }
        }
        return largest < 0 ? -1 : v.position(largest);
    }

    private static List<Group> groups(int[] dims, int[] to) {
        List<Group> groups = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < dims.length && j < to.length) {
            int from = i;
            int newFrom = j;
            long a = dims[i++];
            long b = to[j++];
            while (a != b) {
                if (a < b) {
                    a *= dims[i++];
                } else {
                    b *= to[j++];
                }
            }
            groups.add(new Group(from, i, newFrom, j));
        }
        if (i < dims.length || j < to.length) {
            groups.add(new Group(i, dims.length, j, to.length)); // what is left is of extent 1
        }
        return groups;
    }
}
