package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.element.Reduce;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The gradients of {@link DepthwiseConvolution}. */
final class DepthwiseGradient {
    private static final int L = Simd.LANES;

    private DepthwiseGradient() {}

    /** The gradient for x of {@link dev.aorta.backend.Backend#conv2dGrad}, plus the bias where there is one. */
    static void gradInput(Workspace ws, float[] dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s) {
        Axis v = new Axis(s.inH(), s.kH(), s.strideH(), s.padTop(), s.dilationH());
        Axis h = new Axis(s.inW(), s.kW(), s.strideW(), s.padLeft(), s.dilationW());
        if (!v.isConvolution() || !h.isConvolution()) {
            GroupedConvolution.gradInput(ws, dx, dy, w, bias, s);
            return;
        }
        dy.cut(ws, gradient -> {
            for (int y = 0; y < Math.min(s.strideH(), s.inH()); y++) {
                for (int x = 0; x < Math.min(s.strideW(), s.inW()); x++) {
                    gradOfPhase(ws, dx, gradient, w, bias, s, v.phase(y), h.phase(x));
                }
            }
        });
    }

    /**
     * One axis of a convolution, whose input pixels at {@code first + i * stride} all see the same taps, at a constant distance in dy: for
     * them the gradient is a convolution of stride 1.
     */
    private record Axis(int in, int k, int stride, int pad, int dilation) {
        /** Whether all phases see a tap, and none begins beyond the first pixel of dy. */
        boolean isConvolution() {
            return (stride == 1 || dilation == 1) && stride <= k && pad <= (k - 1) * dilation;
        }

        Phase phase(int first) {
            int least = (first + pad) % stride;
            int taps = Math.ceilDiv(k - least, stride);
            int last = least + (taps - 1) * stride;
            return new Phase(
                    first, Math.ceilDiv(in - first, stride), taps, last, (last * dilation - first - pad) / stride);
        }
    }

    /**
     * A phase of an axis.
     *
     * @param first pixel of dx
     * @param pixels of dx
     * @param taps that they see
     * @param last of them, which is the first in dy
     * @param pad pixels before dy that the first sees
     */
    private record Phase(int first, int pixels, int taps, int last, int pad) {}

    private static void gradOfPhase(
            Workspace ws, float[] dx, float[] dy, float[] w, float @Nullable [] bias, ConvShape s, Phase v, Phase h) {
        int c = s.inC();
        ConvShape phase = new ConvShape(
                s.batch(),
                s.outH(),
                s.outW(),
                c,
                c,
                v.taps,
                h.taps,
                1,
                1,
                v.pad,
                h.pad,
                s.dilationH(),
                s.dilationW(),
                c,
                v.pixels,
                h.pixels);
        float[] byTap = Scratch.floats(Slot.SHARED_A, v.taps * h.taps * c);
        for (int t = 0; t < v.taps * h.taps; t++) {
            int ky = v.last - t / h.taps * s.strideH();
            int kx = h.last - t % h.taps * s.strideW();
            for (int i = 0; i < c; i++) {
                byTap[t * c + i] = w[(i * s.kH() + ky) * s.kW() + kx];
            }
        }
        int row = s.inW() * c;
        DepthwiseConvolution.Target target = new DepthwiseConvolution.Target(
                dx, v.first * row + h.first * c, s.inH() * row, s.strideH() * row, s.strideW() * c);
        DepthwiseConvolution.run(ws, target, dy, byTap, bias, WayOut.PLAIN, phase);
    }

    /**
     * The gradients for w and b of {@link dev.aorta.backend.Backend#conv2dGrad}. The rows of y are cut into parts by a fixed rule, whose
     * sums are added in order.
     */
    static void gradWeight(Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, float[] x, ConvShape s) {
        if (db != null) {
            Reduce.biasGrad(ws.parallel(), db, dy.dy(), dy.mask(), s.output().rows(), s.outC());
        }
        dy.cut(ws, gradient -> gradWeight(ws, dw, gradient, x, s));
    }

    private static void gradWeight(Workspace ws, float[] dw, float[] dy, float[] x, ConvShape s) {
        int c = s.inC();
        int taps = s.kH() * s.kW();
        int size = Math.ceilDiv(c, L) * taps * L;
        int rows = s.batch() * s.outH();
        int part = Math.ceilDiv(rows, Math.min(Tuning.TASKS, rows));
        int parts = Math.ceilDiv(rows, part);
        int step = size + Chunks.APART;
        float[] sums = Scratch.floats(Slot.SHARED_A, parts * step);
        PaddedRows padded = new PaddedRows(s);
        int rowStep = s.dilationH() * padded.length;
        int[] offset = DepthwiseConvolution.offset(s, rowStep, c);
        boolean threes = DepthwiseConvolution.neighbours(s) == 3;
        int most = Math.max(1, Tuning.DIRECT_INPUTS / (s.strideH() * padded.length));
        ws.parallel().run(parts, task -> {
            int at = task * step;
            Arrays.fill(sums, at, at + size, 0);
            int end = Math.min(rows, (task + 1) * part);
            for (int from = task * part, to; from < end; from = to) {
                to = Math.min(Math.min(end, from + most), (from / s.outH() + 1) * s.outH());
                float[] band = padded.copy(x, from, to);
                for (int row = from; row < to; row++) {
                    int seen = (row - from) * s.strideH() * padded.length;
                    DepthwiseSums.row(
                            sums,
                            at,
                            dy,
                            row * s.outW() * c,
                            c,
                            band,
                            seen,
                            s.strideW() * c,
                            s.outW(),
                            c,
                            offset,
                            s.kH(),
                            rowStep,
                            threes);
                }
            }
        });
        Chunks.rows(ws.parallel(), c, parts * taps, (first, end) -> {
            for (int o = first; o < end; o++) {
                int lane = o / L * taps * L + o - Math.min(o / L * L, c - L);
                for (int t = 0; t < taps; t++) {
                    float sum = 0;
                    for (int i = 0; i < parts; i++) {
                        sum += sums[i * step + lane + t * L];
                    }
                    dw[o * taps + t] = sum;
                }
            }
        });
    }
}
