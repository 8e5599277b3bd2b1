package dev.aorta.backend.cpu;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.Scratch.Slot;
import org.jspecify.annotations.Nullable;

/**
 * 1 x 1 convolution to a few channels, such as the last layer of a segmentation network: a pass over the image that computes
 * next to nothing. Its gradients are convolutions {@link FewTaps with few taps} in which dy is the image.
 */
final class FewOutputs {
    private FewOutputs() {}

    /** Whether this class can compute a convolution and is the fastest way to. */
    static boolean applies(ConvShape s) {
        return Simd.BITS > 0
                && s.kH() == 1
                && s.kW() == 1
                && s.strideH() == 1
                && s.strideW() == 1
                && s.groups() == 1
                && s.output().rows() == s.input().rows()
                && s.outC() <= Tuning.FEW_OUTPUTS
                && s.inC() >= Simd.LANES;
    }

    /** The convolution from y to x with one tap. */
    private static ConvShape backwards(ConvShape s) {
        return new ConvShape(
                s.batch(), s.outH(), s.outW(), s.outC(), s.inC(), 1, 1, 1, 1, 0, 0, 1, 1, 1, s.inH(), s.inW());
    }

    /** As {@link dev.aorta.backend.Backend#conv2d}. */
    static void forward(
            Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, boolean relu, ConvShape s) {
        int in = s.inC();
        int out = s.outC();
        Chunks.rows(ws.parallel(), s.output().rows(), in, (from, to) -> {
            for (int i = from; i < to; i++) {
                for (int o = 0; o < out; o++) {
                    float sum = (bias == null ? 0 : bias[o]) + dot(x, i * in, w, o * in, in);
                    y[i * out + o] = relu ? Math.max(sum, 0) : sum;
                }
            }
        });
    }

    /** As {@link dev.aorta.backend.Backend#conv2dGradInput}. */
    static void gradInput(
            Workspace ws,
            float[] dx,
            float[] dy,
            float @Nullable [] mask,
            float[] w,
            float @Nullable [] bias,
            ConvShape s) {
        float[] gradient = Convolution.masked(ws, dy, mask);
        float[] transposed = Scratch.floats(Slot.SHARED_B, w.length);
        transpose(transposed, w, s.outC(), s.inC());
        FewTaps.forward(ws, dx, gradient, transposed, bias, false, backwards(s));
        if (mask != null) {
            ws.pool().give(gradient);
        }
    }

    /** As {@link dev.aorta.backend.Backend#conv2dGradParameters}. */
    static void gradWeight(
            Workspace ws,
            float[] dw,
            float @Nullable [] db,
            float[] dy,
            float @Nullable [] mask,
            float[] x,
            ConvShape s) {
        float[] gradient = Convolution.masked(ws, dy, mask);
        float[] transposed = Scratch.floats(Slot.SHARED_B, dw.length);
        FewTaps.gradWeight(ws, transposed, null, x, null, gradient, backwards(s));
        transpose(dw, transposed, s.inC(), s.outC());
        if (db != null) {
            Reduce.biasGrad(ws.parallel(), db, gradient, null, s.output().rows(), s.outC());
        }
        if (mask != null) {
            ws.pool().give(gradient);
        }
    }

    /** The sum of {@code a * b}; for as few products as these scalar code is as fast as vectors, and at once. */
    private static float dot(float[] a, int aAt, float[] b, int bAt, int n) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        for (int i = 0; i < n / 4; i++) {
            s0 = Math.fma(a[aAt + 4 * i], b[bAt + 4 * i], s0);
            s1 = Math.fma(a[aAt + 4 * i + 1], b[bAt + 4 * i + 1], s1);
            s2 = Math.fma(a[aAt + 4 * i + 2], b[bAt + 4 * i + 2], s2);
            s3 = Math.fma(a[aAt + 4 * i + 3], b[bAt + 4 * i + 3], s3);
        }
        for (int i = n / 4 * 4; i < n; i++) {
            s0 = Math.fma(a[aAt + i], b[bAt + i], s0);
        }
        return s0 + s1 + (s2 + s3);
    }

    /** {@code y[j, i] = x[i, j]} for x (rows, columns). */
    private static void transpose(float[] y, float[] x, int rows, int columns) {
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                y[j * rows + i] = x[i * columns + j];
            }
        }
    }
}
