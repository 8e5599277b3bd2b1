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
            int whole = from + (to - from) / 8 * 8;
            for (int o = 0; o < out; o++) {
                float start = bias == null ? 0 : bias[o];
                for (int i = from; i < whole; i += 8) {
                    eight(y, i * out + o, out, start, x, i * in, w, o * in, in);
                }
                for (int i = whole; i < to; i++) {
                    y[i * out + o] = dot(start, x, i * in, w, o * in, in);
                }
            }
            if (relu) {
                for (int i = from * out; i < to * out; i++) {
                    y[i] = Math.max(y[i], 0);
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

    /** One output of eight neighbouring pixels; for sums as short as these scalar code is as fast as vectors, and at once. */
    private static void eight(
            float[] y, int yAt, int out, float start, float[] x, int xAt, float[] w, int wAt, int in) {
        float s0 = start;
        float s1 = start;
        float s2 = start;
        float s3 = start;
        float s4 = start;
        float s5 = start;
        float s6 = start;
        float s7 = start;
        for (int c = 0; c < in; c++) {
            float v = w[wAt + c];
            s0 = Math.fma(x[xAt + c], v, s0);
            s1 = Math.fma(x[xAt + in + c], v, s1);
            s2 = Math.fma(x[xAt + 2 * in + c], v, s2);
            s3 = Math.fma(x[xAt + 3 * in + c], v, s3);
            s4 = Math.fma(x[xAt + 4 * in + c], v, s4);
            s5 = Math.fma(x[xAt + 5 * in + c], v, s5);
            s6 = Math.fma(x[xAt + 6 * in + c], v, s6);
            s7 = Math.fma(x[xAt + 7 * in + c], v, s7);
        }
        y[yAt] = s0;
        y[yAt + out] = s1;
        y[yAt + 2 * out] = s2;
        y[yAt + 3 * out] = s3;
        y[yAt + 4 * out] = s4;
        y[yAt + 5 * out] = s5;
        y[yAt + 6 * out] = s6;
        y[yAt + 7 * out] = s7;
    }

    private static float dot(float start, float[] a, int aAt, float[] b, int bAt, int n) {
        float sum = start;
        for (int i = 0; i < n; i++) {
            sum = Math.fma(a[aAt + i], b[bAt + i], sum);
        }
        return sum;
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
