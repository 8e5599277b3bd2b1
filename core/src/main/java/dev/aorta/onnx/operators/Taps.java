package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import java.util.function.BinaryOperator;

/** Windows that the pooling kernels do not have, tap by tap: the taps of all windows are one slice in steps. */
final class Taps {
    private Taps() {}

    /** (N, H, W, C) with its padding around it. */
    static Tensor padded(Tensor image, Window w, float value) {
        Tensor y = image;
        for (int i = 0; i < 2; i++) {
            if (w.before()[i] + w.after()[i] > 0) {
                y = y.pad(i + 1, w.before()[i], w.after()[i], value);
            }
        }
        return y;
    }

    /**
     * What the taps of each window come to.
     *
     * @param image (N, H, W, C)
     * @param padding value of the pixels around it
     */
    static Tensor combine(Tensor image, Window w, float padding, BinaryOperator<Tensor> f) {
        Tensor all = padded(image, w, padding);
        Tensor rows = along(all, 1, w, f);
        return along(rows, 2, w, f);
    }

    private static Tensor along(Tensor x, int axis, Window w, BinaryOperator<Tensor> f) {
        int i = axis - 1;
        int out = (x.shape().dim(axis) - w.span(i)) / w.stride()[i] + 1;
        Tensor y = null;
        for (int k = 0; k < w.kernel()[i]; k++) {
            int from = k * w.dilation()[i];
            Tensor tap = x.slice(axis, from, from + (out - 1) * w.stride()[i] + 1, w.stride()[i]);
            y = y == null ? tap : f.apply(y, tap);
        }
        return y == null ? x : y;
    }
}
