package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The forward pass of a convolution whose channels have a group each, from bands of rows that are copied with their padding. The
 * weight is laid out as (tap, channel).
 */
final class DepthwiseConvolution {
    private DepthwiseConvolution() {}

    /** Whether this class can compute a convolution: a band must not be gaps between taps. */
    static boolean computes(ConvShape s) {
        return Simd.BITS > 0
                && s.groups() == s.inC()
                && s.outC() == s.inC()
                && s.inC() >= Simd.LANES
                && Gaps.areSmall(s, 1, s.outW());
    }

    /** As {@link ConvKernels.Forward}. */
    static void forward(
            Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s) {
        int c = s.inC();
        float[] byTap = ws.packing().of(layout(s), w.length, packed -> pack(packed, w, s));
        Target target = new Target(y, 0, s.outH() * s.outW() * c, s.outW() * c, c);
        run(ws, target, x, byTap, bias, out, s);
    }

    /** An image that is written: where its first pixel is, and the floats between images, rows and pixels. */
    record Target(float[] y, int at, int image, int row, int pixel) {}

    /** @param byTap the weight as (tap, channel) */
    static void run(
            Workspace ws, Target target, float[] x, float[] byTap, float @Nullable [] bias, WayOut out, ConvShape s) {
        int c = s.inC();
        PaddedRows padded = new PaddedRows(s);
        int rowStep = s.dilationH() * padded.length;
        int[] offset = offset(s, rowStep, c);
        float[] base = Scratch.floats(Slot.SHARED_C, c);
        if (bias == null) {
            Arrays.fill(base, 0, c, 0);
        } else {
            System.arraycopy(bias, 0, base, 0, c);
        }
        int neighbours = neighbours(s);
        int piece = piece(s);
        int most = Math.max(1, Tuning.DIRECT_INPUTS / (s.strideH() * padded.length));
        int pieces = Math.ceilDiv(s.outH(), piece);
        ws.parallel().run(s.batch() * pieces, task -> {
            int image = task / pieces;
            int first = image * s.outH() + task % pieces * piece;
            int end = Math.min(first + piece, (image + 1) * s.outH());
            for (int from = first; from < end; from += most) {
                int to = Math.min(end, from + most);
                float[] band = padded.copy(x, from, to);
                int start = target.at + image * target.image + from % s.outH() * target.row;
                for (int row = 0; row < to - from; row++) {
                    DepthwiseSimd.row(
                            target.y,
                            start + row * target.row,
                            target.pixel,
                            band,
                            row * s.strideH() * padded.length,
                            s.strideW() * c,
                            s.outW(),
                            c,
                            offset,
                            s.kH(),
                            rowStep,
                            neighbours,
                            byTap,
                            0,
                            c,
                            base,
                            out.low(),
                            out.high());
                }
                out.bounded(target.y, start, 1, 0, (to - from) * s.outW() * c);
            }
        });
    }

    static Packing.Layout layout(ConvShape s) {
        return Packing.Layout.of("depthwise", s);
    }

    static void pack(float[] packed, float[] w, ConvShape s) {
        int taps = s.kH() * s.kW();
        for (int i = 0; i < taps * s.inC(); i++) {
            packed[i % taps * s.inC() + i / taps] = w[i];
        }
    }

    /** Where each tap stands in a band whose pixels have so many channels. */
    static int[] offset(ConvShape s, int rowStep, int channels) {
        int[] offset = new int[s.kH() * s.kW()];
        Arrays.setAll(offset, t -> t / s.kW() * rowStep + t % s.kW() * s.dilationW() * channels);
        return offset;
    }

    /** Taps of a row where windows of neighbours overlap in all but one, else 0. */
    static int neighbours(ConvShape s) {
        return s.strideW() == 1 && s.dilationW() == 1 ? s.kW() : 0;
    }

    /** Rows of a task: so few that there are enough tasks, and so many that one is worth its hand-over. */
    private static int piece(ConvShape s) {
        int even = Math.ceilDiv(s.batch() * s.outH(), Tuning.TASKS);
        long work = (long) s.outW() * s.inC() * s.kH() * s.kW();
        return (int) Math.min(s.outH(), Math.max(even, Math.ceilDiv(Tuning.DEPTHWISE_TASK, work)));
    }
}
