package dev.aorta.onnx.value;

import dev.aorta.ShapeException;
import java.util.Arrays;

/** Arithmetic of extents and orders of axes. */
public final class Dims {
    private Dims() {}

    /** Number of elements. */
    public static int size(int... dims) {
        return Math.toIntExact(count(dims));
    }

    /** Number of elements, which may be more than an int. */
    public static long count(int... dims) {
        long size = 1;
        for (int d : dims) {
            size *= d;
            if (size > Long.MAX_VALUE >> 32) {
                return contains(dims, 0) ? 0 : Long.MAX_VALUE;
            }
        }
        return size;
    }

    /** Product of a range of extents. */
    public static int product(int[] dims, int from, int to) {
        return size(Arrays.copyOfRange(dims, from, to));
    }

    /** The extents of what two of them are broadcast to. */
    public static int[] broadcast(String what, int[] a, int[] b) {
        int[] dims = new int[Math.max(a.length, b.length)];
        for (int back = 1; back <= dims.length; back++) {
            int x = back > a.length ? 1 : a[a.length - back];
            int y = back > b.length ? 1 : b[b.length - back];
            if (x != y && x != 1 && y != 1) {
                throw new ShapeException(
                        what, Arrays.toString(a) + " and " + Arrays.toString(b) + " cannot be broadcast");
            }
            dims[dims.length - back] = x == 1 ? y : x;
        }
        return dims;
    }

    /** These extents with axes of extent 1 in front, up to a rank. */
    public static int[] extended(int[] dims, int rank) {
        int[] all = new int[rank];
        Arrays.fill(all, 0, rank - dims.length, 1);
        System.arraycopy(dims, 0, all, rank - dims.length, dims.length);
        return all;
    }

    /** 0, 1, .., rank - 1. */
    public static int[] inOrder(int rank) {
        int[] order = new int[rank];
        Arrays.setAll(order, i -> i);
        return order;
    }

    /** An order with some axes moved to its end, in the order in which they are named. */
    public static int[] withLast(int[] order, int... last) {
        int[] result = new int[order.length];
        int n = 0;
        for (int axis : order) {
            if (!contains(last, axis)) {
                result[n++] = axis;
            }
        }
        System.arraycopy(last, 0, result, n, last.length);
        return result;
    }

    /** Whether one of these is below 0. */
    public static boolean anyNegative(int... dims) {
        for (int d : dims) {
            if (d < 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether one of these is a number. */
    public static boolean contains(int[] numbers, int wanted) {
        return indexOf(numbers, wanted) >= 0;
    }

    /** Where a number first stands, or -1. */
    public static int indexOf(int[] numbers, int wanted) {
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    /** These with one replaced by others. */
    public static int[] replaced(int[] numbers, int at, int... by) {
        int[] result = new int[numbers.length - 1 + by.length];
        System.arraycopy(numbers, 0, result, 0, at);
        System.arraycopy(by, 0, result, at, by.length);
        System.arraycopy(numbers, at + 1, result, at + by.length, numbers.length - at - 1);
        return result;
    }

    /** These with one set. */
    public static int[] with(int[] numbers, int at, int value) {
        int[] result = numbers.clone();
        result[at] = value;
        return result;
    }

    /** The extents of the axes in an order. */
    public static int[] permuted(int[] dims, int[] order) {
        int[] result = new int[order.length];
        Arrays.setAll(result, i -> dims[order[i]]);
        return result;
    }

    /** Steps between neighbours along each axis of a row-major array. */
    public static int[] steps(int... dims) {
        int[] steps = new int[dims.length];
        int step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            steps[i] = step;
            step *= dims[i];
        }
        return steps;
    }

    /** Moves an index to the next in row-major order; at the end it is back at the first. */
    public static void next(int[] index, int[] dims) {
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            if (++index[axis] < dims[axis]) {
                return;
            }
            index[axis] = 0;
        }
    }

    /** For each element of {@code to}, in row-major order, which one of {@code from} is repeated there. */
    public static int[] broadcastIndex(int[] from, int[] to) {
        int[] own = steps(from);
        int[] steps = new int[to.length];
        for (int i = 0; i < from.length; i++) {
            steps[to.length - from.length + i] = from[i] == 1 ? 0 : own[i];
        }
        return walk(to, steps, 0);
    }

    /** For each index of {@code dims}, in row-major order, {@code start + sum of index * steps}. */
    public static int[] walk(int[] dims, int[] steps, int start) {
        int[] result = new int[size(dims)];
        int[] index = new int[dims.length];
        for (int i = 0; i < result.length; i++) {
            int at = start;
            for (int axis = 0; axis < dims.length; axis++) {
                at += index[axis] * steps[axis];
            }
            result[i] = at;
            next(index, dims);
        }
        return result;
    }
}
