package dev.aorta.onnx.export;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One axis of a window that slides over an image, at each of the traced sizes. The network knows the padding in front and the
 * number of positions; a graph wants the padding behind too, or TensorFlow's rule.
 *
 * @param span pixels from the first to the last tap
 * @param in pixels, at each size
 * @param before padding in front, at each size
 * @param out positions, at each size
 */
record Window(int span, int stride, int[] in, int[] before, int[] out) {
    /** Padding above, left, below and right, or null for TensorFlow's rule {@code SAME}. */
    static long @Nullable [] pads(Step step, Window rows, Window columns) {
        long below = rows.after();
        long right = columns.after();
        if (below >= 0 && right >= 0) {
            return new long[] {rows.before[0], columns.before[0], below, right};
        }
        if (rows.isSame() && columns.isSame()) {
            return null;
        }
        throw new SizeDependence(step + ": its padding depends on the size of the image");
    }

    /** Padding behind that gives this many positions at each size: that in front if it does, else the least; -1 for none. */
    private long after() {
        long least = 0;
        for (int i = 0; i < in.length; i++) {
            if (before[i] != before[0]) {
                return -1;
            }
            least = Math.max(least, (out[i] - 1L) * stride + span - in[i] - before[i]);
        }
        for (long after : List.of((long) before[0], least)) {
            boolean fits = true;
            for (int i = 0; i < in.length; i++) {
                fits &= (in[i] + before[i] + after - span) / stride + 1 == out[i];
            }
            if (fits) {
                return after;
            }
        }
        return -1;
    }

    private boolean isSame() {
        boolean same = true;
        for (int i = 0; i < in.length; i++) {
            long total = Math.max((out[i] - 1L) * stride + span - in[i], 0);
            same &= out[i] == Math.ceilDiv(in[i], stride) && before[i] == total / 2;
        }
        return same;
    }
}
