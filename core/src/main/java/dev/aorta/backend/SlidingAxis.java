package dev.aorta.backend;

import dev.aorta.Padding;
import dev.aorta.ShapeException;

/** One spatial axis of a window that slides over an image: the padding before it and the number of positions. */
record SlidingAxis(int before, int out) {
    /**
     * @param op for the error text
     * @param extent pixels along the axis
     * @param kernel taps along the axis
     * @param first explicit padding before the axis; not used by SAME
     * @param last explicit padding after the axis; not used by SAME
     * @throws ShapeException when the window does not fit once
     */
    static SlidingAxis of(
            String op, int extent, int kernel, int stride, int dilation, Padding padding, int first, int last) {
        long span = (kernel - 1L) * dilation + 1;
        if (padding instanceof Padding.Same) {
            int out = (extent + stride - 1) / stride;
            long total = Math.max((out - 1L) * stride + span - extent, 0);
            return new SlidingAxis(Math.toIntExact(total / 2), out);
        }
        long free = (long) extent + first + last - span;
        if (free < 0) {
            throw new ShapeException(
                    op,
                    "a window of " + span + " does not fit into " + extent + " pixels with padding " + first + " and "
                            + last + "; use a larger image, a smaller kernel or more padding");
        }
        return new SlidingAxis(first, Math.toIntExact(free / stride + 1));
    }
}
