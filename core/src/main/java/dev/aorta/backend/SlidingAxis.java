package dev.aorta.backend;

import dev.aorta.Padding;
import dev.aorta.ShapeException;
import java.util.function.Function;

/** One spatial axis of a window that slides over an image: the padding before it and the number of positions. */
record SlidingAxis(int before, int out) {
    /**
     * @param extent pixels along the axis
     * @param kernel taps along the axis
     * @param first explicit padding before the axis; not used by SAME
     * @param last explicit padding after the axis; not used by SAME
     * @param error makes the exception from the rule that was broken
     * @throws ShapeException when the window does not fit once, or padding or positions pass 2^31 - 1
     */
    static SlidingAxis of(
            int extent,
            int kernel,
            int stride,
            int dilation,
            Padding padding,
            int first,
            int last,
            Function<String, ShapeException> error) {
        long span = (kernel - 1L) * dilation + 1;
        if (padding instanceof Padding.Same) {
            int out = Math.ceilDiv(extent, stride);
            long total = Math.max((out - 1L) * stride + span - extent, 0);
            return new SlidingAxis(pixels(total / 2, error), out);
        }
        long free = (long) extent + first + last - span;
        if (free < 0) {
            throw error.apply("a window of " + span + " does not fit into " + extent + " pixels with padding " + first
                    + " and " + last + "; use a larger image, a smaller kernel or more padding");
        }
        return new SlidingAxis(first, pixels(free / stride + 1, error));
    }

    private static int pixels(long count, Function<String, ShapeException> error) {
        if (count > Integer.MAX_VALUE) {
            throw error.apply("padding or output of " + count + " pixels along one axis; use less padding or dilation");
        }
        return (int) count;
    }
}
