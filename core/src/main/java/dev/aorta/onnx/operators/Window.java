package dev.aorta.onnx.operators;

import dev.aorta.Padding;

/**
 * How the window of a convolution or a pooling slides over two spatial axes; of one axis the first is of extent 1.
 *
 * @param kernel extents
 * @param stride steps
 * @param dilation steps between taps
 * @param before padding in front of each axis
 * @param after padding behind each axis
 */
record Window(int[] kernel, int[] stride, int[] dilation, int[] before, int[] after) {
    /**
     * The window of a node.
     *
     * @param kernel extents, as many as there are spatial axes
     * @param x input, for messages
     * @param dims its extents, (N, C, ..)
     */
    static Window of(Call c, int[] kernel, Object x, int[] dims) {
        int axes = dims.length - 2;
        if (axes < 1 || axes > 2) {
            throw axes > 2
                    ? c.unsupported(axes + " spatial axes")
                    : c.invalid("needs (N, C, ..) with spatial axes, got " + x);
        }
        if (kernel.length != axes) {
            throw c.invalid("a kernel of " + kernel.length + " axes does not fit " + x);
        }
        int[] stride = c.ints("strides", axes, 1);
        int[] dilation = c.ints("dilations", axes, 1);
        int[] pads = c.ints("pads", 2 * axes, 0);
        int[] before = new int[axes];
        int[] after = new int[axes];
        String auto = c.text("auto_pad", "NOTSET");
        for (int i = 0; i < axes; i++) {
            if (kernel[i] < 1 || stride[i] < 1 || dilation[i] < 1) {
                throw c.invalid("kernel, strides and dilations must be at least 1");
            }
            long span = (kernel[i] - 1L) * dilation[i] + 1;
            long extent = dims[i + 2];
            switch (auto) {
                case "NOTSET", "" -> {
                    before[i] = pads[i];
                    after[i] = pads[i + axes];
                }
                case "VALID" -> {}
                case "SAME_UPPER", "SAME_LOWER" -> {
                    long out = Math.ceilDiv(extent, (long) stride[i]);
                    long total = Math.max((out - 1) * stride[i] + span - extent, 0);
                    int less = c.extent(total / 2);
                    int more = c.extent(total - less);
                    before[i] = auto.equals("SAME_UPPER") ? less : more;
                    after[i] = auto.equals("SAME_UPPER") ? more : less;
                }
                default -> throw c.invalid("auto_pad is '" + auto + "'");
            }
            if (before[i] < 0 || after[i] < 0) {
                throw c.unsupported("a negative padding");
            }
            c.limited(extent + before[i] + after[i]);
            if (span > extent + before[i] + after[i]) {
                throw c.invalid("a window of " + span + " does not fit into axis " + (i + 2) + " of " + x
                        + " with padding " + before[i] + " and " + after[i]);
            }
        }
        return new Window(plane(kernel, 1), plane(stride, 1), plane(dilation, 1), plane(before, 0), plane(after, 0));
    }

    /** Two numbers from one or two. */
    static int[] plane(int[] axes, int first) {
        return axes.length == 2 ? axes : new int[] {first, axes[0]};
    }

    /** This without the padding of another, which the image has got. */
    Window without(Window padded) {
        int[] more = {after[0] - padded.after[0], after[1] - padded.after[1]};
        return new Window(kernel, stride, dilation, new int[2], more);
    }

    Padding padding() {
        return Padding.of(before[0], after[0], before[1], after[1]);
    }

    boolean isDilated() {
        return dilation[0] > 1 && kernel[0] > 1 || dilation[1] > 1 && kernel[1] > 1;
    }

    /** Pixels along an axis that a window covers, from its first to its last tap. */
    int span(int axis) {
        return (kernel[axis] - 1) * dilation[axis] + 1;
    }

    /** Positions along an axis, of which the last counts only where it begins in the image or in front of it. */
    int positions(int axis, int extent, boolean ceil) {
        int free = extent + before[axis] + after[axis] - span(axis);
        int out = (ceil ? Math.ceilDiv(free, stride[axis]) : Math.floorDiv(free, stride[axis])) + 1;
        boolean outside = ceil && (out - 1) * stride[axis] >= extent + before[axis];
        return outside ? out - 1 : out;
    }

    /** This with as much padding behind as the windows of a rounded-up size need. */
    Window ceiled(int rows, int columns) {
        return new Window(kernel, stride, dilation, before, new int[] {more(0, rows), more(1, columns)});
    }

    private int more(int axis, int extent) {
        int out = positions(axis, extent, true);
        return Math.max(after[axis], (out - 1) * stride[axis] + span(axis) - extent - before[axis]);
    }
}
