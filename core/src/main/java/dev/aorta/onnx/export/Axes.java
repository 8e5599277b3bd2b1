package dev.aorta.onnx.export;

import java.util.Arrays;

/**
 * Orders of axes. A value of the network may stand in the file with its axes in another order: {@code order[j]} is the axis of
 * the value that axis j of the file's tensor is.
 */
final class Axes {
    private Axes() {}

    /** The order of the network itself. */
    static int[] identity(int rank) {
        int[] order = new int[rank];
        Arrays.setAll(order, i -> i);
        return order;
    }

    /** (N, C, ..) of (N, .., C), the order in which ONNX has images. */
    static int[] channelsFirst(int rank) {
        int[] order = new int[rank];
        Arrays.setAll(order, i -> i == 0 ? 0 : i == 1 ? rank - 1 : i - 1);
        return order;
    }

    /** Where each axis of the value stands in the file. */
    static int[] places(int[] order) {
        int[] places = new int[order.length];
        for (int j = 0; j < order.length; j++) {
            places[order[j]] = j;
        }
        return places;
    }

    /** The permutation that leads from one order to another: for each axis of the second, which of the first it is. */
    static int[] between(int[] from, int[] to) {
        int[] places = places(from);
        return Arrays.stream(to).map(axis -> places[axis]).toArray();
    }

    /** The order of what is left when some axes vanish. */
    static int[] without(int[] order, boolean[] gone) {
        int[] numbers = new int[gone.length];
        int next = 0;
        for (int axis = 0; axis < gone.length; axis++) {
            numbers[axis] = gone[axis] ? -1 : next++;
        }
        return Arrays.stream(order)
                .map(axis -> numbers[axis])
                .filter(n -> n >= 0)
                .toArray();
    }

    /** The values of a row-major array with its axes in another order. */
    static float[] permuted(float[] values, int[] dims, int[] order) {
        int[] steps = new int[dims.length];
        int step = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            steps[i] = step;
            step *= dims[i];
        }
        float[] result = new float[values.length];
        int[] index = new int[dims.length];
        int from = 0;
        for (int at = 0; at < result.length; at++) {
            result[at] = values[from];
            for (int j = dims.length - 1; j >= 0; j--) {
                from += steps[order[j]];
                if (++index[j] < dims[order[j]]) {
                    break;
                }
                from -= steps[order[j]] * index[j];
                index[j] = 0;
            }
        }
        return result;
    }
}
