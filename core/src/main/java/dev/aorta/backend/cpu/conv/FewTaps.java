package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Convolution whose outputs see so few inputs, {@code K = kH kW inC}, that gathering them for a matrix product costs more than the
 * product: the first layer of a network, and what flows back from the last. Each input is broadcast against a vector of output
 * channels straight from a band of rows of x, which is copied with its padding so that no pixel is at an edge.
 */
final class FewTaps {
    /** Output rows of a task. */
    private static final int BAND = 8;

    private final float[] x;
    private final ConvShape s;
    private final int taps;
    private final PaddedRows padded;
    /** Where each of the K inputs stands, from the first input of the window; filled up to whole groups of sums. */
    private final int[] offset;

    private FewTaps(float[] x, ConvShape s) {
        this.x = x;
        this.s = s;
        taps = taps(s);
        padded = new PaddedRows(s);
        offset = new int[Math.ceilDiv(taps, FewTapsSimd.GROUP) * FewTapsSimd.GROUP];
        for (int k = 0; k < taps; k++) {
            int tap = k / s.inC();
            offset[k] =
                    tap / s.kW() * s.dilationH() * padded.length + tap % s.kW() * s.dilationW() * s.inC() + k % s.inC();
        }
    }

    /** Whether this class can compute the forward pass and the weight gradient: a band must not be gaps between taps. */
    static boolean computes(ConvShape s) {
        return Simd.BITS > 0
                && s.groups() == 1
                && s.outC() >= Simd.LANES
                && Gaps.areSmall(s, Math.min(s.outH(), BAND), s.outW());
    }

    /** Of 1x1 kernels that fill a vector the packed product is: 56x56, 64 to 256 channels, dw took 7.5 ms here, 3.7 there. */
    static boolean isFastest(ConvShape s) {
        return taps(s) <= (s.kH() * s.kW() == 1 ? Simd.LANES - 1 : Tuning.FEW_TAPS);
    }

    private static int taps(ConvShape s) {
        return s.kH() * s.kW() * s.inC();
    }

    /** The gradients for w and b of {@link dev.aorta.backend.Backend#conv2dGrad}. */
    static void gradWeight(Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, float[] x, ConvShape s) {
        FewTaps f = new FewTaps(x, s);
        int out = s.outC();
        int tasks = Math.min(Tuning.TASKS, f.bands());
        int bands = Math.ceilDiv(f.bands(), tasks);
        int width = Math.ceilDiv(out, Simd.LANES) * Simd.LANES;
        int group = FewTapsSimd.GROUP;
        int size = f.offset.length / group * (group + 1) * width;
        int step = size + Chunks.APART;
        float[] sums = Scratch.floats(Slot.SHARED_A, tasks * step);
        ws.parallel().run(tasks, t -> {
            Arrays.fill(sums, t * step, t * step + size, 0);
            for (int i = t * bands; i < Math.min(f.bands(), (t + 1) * bands); i++) {
                int first = f.firstRow(i);
                float[] band = f.padded.copy(f.x, first, f.lastRow(i));
                for (int row = first; row < f.lastRow(i); row++) {
                    int at = (row - first) * s.strideH() * f.padded.length;
                    FewTapsSimd.correlate(
                            sums,
                            t * step,
                            dy.dy(),
                            dy.mask(),
                            row * s.outW() * out,
                            out,
                            s.outW(),
                            band,
                            at,
                            s.strideW() * s.inC(),
                            f.offset);
                }
            }
        });
        for (int t = 1; t < tasks; t++) {
            Lanes.add(sums, 0, sums, 0, sums, t * step, size);
        }
        int inWhole = out / Simd.LANES * Simd.LANES;
        for (int o = 0; o < out; o++) {
            int at = o < inWhole ? o : width - out + o;
            for (int k = 0; k < f.taps; k++) {
                dw[o * f.taps + k] = sums[(k / group * (group + 1) + k % group) * width + at];
            }
            if (db != null) {
                db[o] = sums[group * width + at];
            }
        }
    }

    private int bandsOfImage() {
        return Math.ceilDiv(s.outH(), BAND);
    }

    private int bands() {
        return s.batch() * bandsOfImage();
    }

    /** The first row of a band, counted over all images of y. */
    private int firstRow(int band) {
        return band / bandsOfImage() * s.outH() + band % bandsOfImage() * BAND;
    }

    /** The row after the last one. */
    private int lastRow(int band) {
        return Math.min(firstRow(band) + BAND, (band / bandsOfImage() + 1) * s.outH());
    }
}
