package dev.aorta.io;

/** Tensors as bytes whose elements stand at any steps. */
final class Strides {
    private Strides() {}

    /** Elements between neighbours along each axis, when the last axis is contiguous and nothing lies between the rows. */
    static long[] contiguous(int[] shape) {
        long[] steps = new long[shape.length];
        long step = 1;
        for (int axis = shape.length - 1; axis >= 0; axis--) {
            steps[axis] = step;
            step *= shape[axis];
        }
        return steps;
    }

    /**
     * The elements of a tensor side by side, in row-major order.
     *
     * @param from holds all of them
     * @param width bytes of an element
     * @param offset of the first, counted in elements
     * @param steps elements between neighbours along each axis
     */
    static byte[] gather(byte[] from, int width, long offset, int[] shape, long[] steps) {
        int count = 1;
        for (int extent : shape) {
            count = Math.multiplyExact(count, extent);
        }
        byte[] to = new byte[Math.multiplyExact(count, width)];
        int last = shape.length - 1;
        int row = last >= 0 && steps[last] == 1 ? shape[last] : 1; // elements that are copied at once
        int axes = row > 1 ? last : shape.length;
        int[] index = new int[axes];
        long at = offset;
        for (int copied = 0; copied < count; copied += row) {
            System.arraycopy(from, Math.toIntExact(at * width), to, copied * width, row * width);
            for (int axis = axes - 1; axis >= 0; axis--) {
                at += steps[axis];
                if (++index[axis] < shape[axis]) {
                    break;
                }
                at -= steps[axis] * shape[axis];
                index[axis] = 0;
            }
        }
        return to;
    }
}
