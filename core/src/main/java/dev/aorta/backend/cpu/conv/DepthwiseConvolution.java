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
    private static final int L = Simd.LANES;

    /** Vectors of channels that are read together, so that what is read of a pixel is some neighbouring lines. */
    private static final int NEIGHBOURS = 4;

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
        float[] base = Scratch.floats(Slot.SHARED_C, c);
        if (bias == null) {
            Arrays.fill(base, 0, c, 0);
        } else {
            System.arraycopy(bias, 0, base, 0, c);
        }
        DepthwiseTaps taps = DepthwiseTaps.of(s, DepthwiseBand.pixels(s));
        int vectors = Math.ceilDiv(c, L);
        int wanted = tasksOfAnImage(s);
        // memory is read best in order, unless rows of all channels are so long that few fit, and most would be copied
        // twice
        boolean whole = DepthwiseBand.rowsWithin(s, vectors, Tuning.DEPTHWISE_BAND) >= 2 * s.kH();
        // the last two vectors of a number of channels that is no multiple of a vector overlap, and are of one task
        int across = whole || c % L > 0 ? 1 : Math.clamp(vectors / NEIGHBOURS, 1, wanted);
        int width = Math.ceilDiv(vectors, across);
        int columns = Math.ceilDiv(vectors, width);
        int piece = Math.ceilDiv(s.outH(), Math.min(s.outH(), Math.ceilDiv(wanted, columns)));
        int pieces = Math.ceilDiv(s.outH(), piece);
        int together = whole ? vectors : Math.min(width, NEIGHBOURS);
        int most = Math.min(piece, DepthwiseBand.rowsWithin(s, together, Tuning.DEPTHWISE_BAND));
        int group = Math.min(width, DepthwiseBand.vectorsWithin(s, most, Tuning.DEPTHWISE_BAND));
        ws.parallel().run(s.batch() * pieces * columns, task -> {
            int image = task / columns / pieces;
            int first = task / columns % pieces * piece;
            int end = Math.min(first + piece, s.outH());
            int vector = task % columns * width;
            int last = Math.min(vectors, vector + width);
            DepthwiseBand band = DepthwiseBand.of(Slot.TASK_A, s, most, group);
            for (int from = first; from < end; from += most) {
                int rows = Math.min(end - from, most);
                int start = target.at + image * target.image + from * target.row;
                for (int v = vector, next; v < last; v = next) {
                    next = Math.min(last, v + group);
                    copy(band, x, image, from, rows, v, next);
                    for (int row = 0; row < rows; row++) {
                        for (int i = v; i < next; i++) {
                            int channel = Math.min(i * L, c - L);
                            DepthwiseSimd.row(
                                    target.y,
                                    start + row * target.row + channel,
                                    target.pixel,
                                    band.floats(),
                                    band.at(i - v, row * s.strideH()),
                                    s.outW(),
                                    taps,
                                    byTap,
                                    channel,
                                    c,
                                    base,
                                    channel,
                                    out.low(),
                                    out.high());
                        }
                    }
                }
                int begin = Math.min(vector * L, c - L);
                int channels = Math.min(last * L, c) - begin;
                if (channels == target.pixel) {
                    out.bounded(target.y, start, 1, 0, rows * s.outW() * c);
                } else {
                    for (int row = 0; row < rows; row++) {
                        out.bounded(target.y, start + row * target.row + begin, s.outW(), target.pixel, channels);
                    }
                }
            }
        });
    }

    /** What rows {@code from} to {@code from + rows - 1} of y see of an image, for vectors {@code vector} to {@code last - 1}. */
    private static void copy(DepthwiseBand band, float[] x, int image, int from, int rows, int vector, int last) {
        ConvShape s = band.s();
        int top = from * s.strideH() - s.padTop();
        for (int r = 0; r < DepthwiseBand.rows(s, rows); r++) {
            int row = top + r;
            boolean outside = row < 0 || row >= s.inH();
            for (int v = 0; v < last - vector; v++) {
                band.pad(v, r, outside);
            }
            if (!outside) {
                int at = (image * s.inH() + row) * s.inW() * s.inC();
                DepthwiseSimd.spread(
                        band.floats(), band.imageAt(0, r), band.step(), x, at, s.inW(), s.inC(), vector, last);
            }
        }
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

    /** Tasks that an image is cut into: so many that all threads have some, and so few that one is worth its hand-over. */
    private static int tasksOfAnImage(ConvShape s) {
        long work = (long) s.outH() * s.outW() * s.inC() * s.kH() * s.kW();
        return Math.clamp(work / Tuning.DEPTHWISE_TASK, 1, Math.ceilDiv(Tuning.TASKS, s.batch()));
    }
}
