package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.element.Reduce;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.LanesSimd;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import org.jspecify.annotations.Nullable;

/**
 * 1 x 1 convolution to a few channels, such as the last layer of a segmentation network: a pass over the image that computes
 * next to nothing. Its gradients are convolutions {@link FewTaps with few taps} in which dy is the image.
 */
final class FewOutputs {
    /** Pixels whose channels are turned into rows at a time, so that sums of neighbours lie in a vector. */
    private static final int PIXELS = 4 * Simd.LANES;

    private FewOutputs() {}

    /** Whether this class can compute a convolution. */
    static boolean computes(ConvShape s) {
        return Simd.BITS > 0
                && s.kH() == 1
                && s.kW() == 1
                && s.strideH() == 1
                && s.strideW() == 1
                && s.groups() == 1
                && s.output().rows() == s.input().rows()
                && s.inC() >= Simd.LANES;
    }

    static boolean isFastest(ConvShape s) {
        return s.outC() <= Tuning.FEW_OUTPUTS
                || s.outC() < Simd.LANES && s.output().rows() <= Tuning.FEW_PIXELS;
    }

    /** The convolution from y to x with one tap. */
    private static ConvShape backwards(ConvShape s) {
        return new ConvShape(
                s.batch(), s.outH(), s.outW(), s.outC(), s.inC(), 1, 1, 1, 1, 0, 0, 1, 1, 1, s.inH(), s.inW());
    }

    /** As {@link ConvKernels.Forward}. */
    static void forward(
            Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s) {
        int in = s.inC();
        int outs = s.outC();
        Chunks.rows(ws.parallel(), s.output().rows(), in, (from, to) -> {
            float[] channels = Scratch.floats(Slot.TASK_A, in * PIXELS);
            float[] sums = Scratch.floats(Slot.TASK_B, PIXELS);
            int whole = from + (to - from) / PIXELS * PIXELS;
            for (int i = from; i < whole; i += PIXELS) {
                Lanes.transpose(channels, 0, PIXELS, x, i * in, in, PIXELS, in);
                for (int o = 0; o < outs; o++) {
                    LanesSimd.sum4(sums, bias == null ? 0 : bias[o], channels, w, o * in, in);
                    for (int k = 0; k < PIXELS; k++) {
                        y[(i + k) * outs + o] = sums[k];
                    }
                }
            }
            for (int i = whole; i < to; i++) {
                for (int o = 0; o < outs; o++) {
                    y[i * outs + o] = (bias == null ? 0 : bias[o]) + Lanes.dot(x, i * in, w, o * in, in);
                }
            }
            for (int i = from * outs; i < to * outs; i++) {
                y[i] = Math.max(y[i], out.low());
            }
            out.stored(y, from * outs, 1, 0, (to - from) * outs);
        });
    }

    /** The gradient for x of {@link dev.aorta.backend.Backend#conv2dGrad}, plus the bias where there is one. */
    static void gradInput(Workspace ws, float[] dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s) {
        float[] transposed = Scratch.floats(Slot.SHARED_B, w.length);
        Lanes.transpose(transposed, 0, s.outC(), w, 0, s.inC(), s.outC(), s.inC());
        dy.cut(
                ws,
                gradient -> DirectConvolution.forward(
                        ws.with(Packing.ANEW), dx, gradient, transposed, bias, WayOut.PLAIN, backwards(s)));
    }

    /** The gradients for w and b of {@link dev.aorta.backend.Backend#conv2dGrad}. */
    static void gradWeight(Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, float[] x, ConvShape s) {
        float[] transposed = Scratch.floats(Slot.SHARED_B, dw.length);
        dy.cut(ws, gradient -> FewTaps.gradWeight(ws, transposed, null, new Gradient(x, null), gradient, backwards(s)));
        Lanes.transpose(dw, 0, s.inC(), transposed, 0, s.outC(), s.inC(), s.outC());
        if (db != null) {
            Reduce.biasGrad(ws.parallel(), db, dy.dy(), dy.mask(), s.output().rows(), s.outC());
        }
    }
}
