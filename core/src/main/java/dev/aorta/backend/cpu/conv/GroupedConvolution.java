package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.element.Reduce;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import dev.aorta.backend.cpu.product.WindowRows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of groups with few channels, depthwise convolution above all: the lanes are channels of the result, whatever
 * their group, and a tap multiplies each with the channels of its own group.
 */
final class GroupedConvolution {
    private GroupedConvolution() {}

    /** Whether this class can compute a convolution: what a tile sees must not be gaps between taps. */
    static boolean computes(ConvShape s) {
        return Gaps.areSmall(
                s, Math.min(s.outH(), ChannelWindows.MOST_SIDE), Math.min(s.outW(), ChannelWindows.MOST_SIDE));
    }

    static boolean isFastest(ConvShape s) {
        return s.groups() > 1 && Math.max(s.inC(), s.outC()) / s.groups() <= Tuning.GROUP_CHANNELS;
    }

    static void forward(
            Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s) {
        int[] taps = new int[s.kH() * s.kW()];
        Arrays.setAll(taps, t -> t);
        int in = s.inC() / s.groups();
        Packing.Layout layout = Packing.Layout.of("groups", s);
        new Pass(
                        ws.parallel(),
                        windowsOnInput(x, s),
                        packed(ws, layout, w, s, taps, s.outC(), s.outC() / s.groups(), taps.length * in, in, 1),
                        base(bias, s.outC()),
                        out)
                .run(y, new WindowRows.Target(s.outH(), s.outW(), s.outC(), 0, 0, 0, 1, 1));
    }

    static void gradInput(Workspace ws, float[] dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s) {
        float[] base = base(bias, s.inC());
        Workspace anew = ws.with(Packing.ANEW);
        for (int y = 0; y < Math.min(s.strideH(), s.inH()); y++) {
            for (int x = 0; x < Math.min(s.strideW(), s.inW()); x++) {
                gradOfPhase(anew, dx, dy, w, base, s, y, x);
            }
        }
    }

    /** The input pixels at {@code (y + j * strideH, x + i * strideW)}, which all see the same taps, at distance 1 in dy. */
    private static void gradOfPhase(
            Workspace ws, float[] dx, Gradient dy, float[] w, float[] base, ConvShape s, int y, int x) {
        int[] taps = new int[s.kH() * s.kW()];
        int[] tapY = new int[taps.length];
        int[] tapX = new int[taps.length];
        int n = 0;
        for (int t = 0; t < taps.length; t++) {
            int fromY = y + s.padTop() - t / s.kW() * s.dilationH();
            int fromX = x + s.padLeft() - t % s.kW() * s.dilationW();
            if (fromY % s.strideH() == 0 && fromX % s.strideW() == 0) {
                tapY[n] = fromY / s.strideH();
                tapX[n] = fromX / s.strideW();
                taps[n++] = t;
            }
        }
        int in = s.inC() / s.groups();
        int out = s.outC() / s.groups();
        ChannelWindows windows = new ChannelWindows(
                new ChannelWindows.Source(dy.dy(), dy.mask(), s.batch(), s.outH(), s.outW(), s.outC(), out),
                s.inC(),
                in,
                Arrays.copyOf(tapY, n),
                Arrays.copyOf(tapX, n),
                new WindowRows.Grid(
                        Math.ceilDiv(s.inH() - y, s.strideH()), Math.ceilDiv(s.inW() - x, s.strideW()), 1, 1));
        Packing.Layout layout = Packing.Layout.of("phase", s);
        float[] weights = packed(ws, layout, w, s, Arrays.copyOf(taps, n), s.inC(), in, 1, out, s.kH() * s.kW() * in);
        new Pass(ws.parallel(), windows, weights, base, WayOut.PLAIN)
                .run(dx, new WindowRows.Target(s.inH(), s.inW(), s.inC(), y, x, 0, s.strideH(), s.strideW()));
    }

    /** The sums over tiles are cut into parts by a fixed rule, whose sums are added in order. */
    static void gradWeight(Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, float[] x, ConvShape s) {
        if (db != null) {
            Reduce.biasGrad(ws.parallel(), db, dy.dy(), dy.mask(), s.batch() * s.outH() * s.outW(), s.outC());
        }
        Parallel p = ws.parallel();
        ChannelWindows windows = windowsOnInput(x, s);
        int lanes = ChannelWindows.LANES;
        int depth = Math.ceilDiv(windows.offsets.length, ChannelLanes.SUMS) * ChannelLanes.SUMS;
        int[] offsets = Arrays.copyOf(windows.offsets, depth);
        int size = windows.blocks * depth * lanes;
        int tilesPerPart = Math.ceilDiv(
                windows.tiles, Math.clamp(Tuning.PARTIAL_SUMS / size, 1, Math.min(Tuning.TASKS, windows.tiles)));
        int parts = Math.ceilDiv(windows.tiles, tilesPerPart);
        int blocksPerTask = windows.blocksPerTask(parts);
        int across = Math.ceilDiv(windows.blocks, blocksPerTask);
        float[] sums = Scratch.floats(Slot.SHARED_A, parts * size);
        ChannelWindows.Source gradient =
                new ChannelWindows.Source(dy.dy(), dy.mask(), s.batch(), s.outH(), s.outW(), s.outC(), 1);
        p.run(parts * across, task -> {
            int part = task / across;
            int first = task % across * blocksPerTask;
            int end = Math.min(windows.blocks, first + blocksPerTask);
            float[] tileOfX = Scratch.floats(Slot.TASK_A, windows.size);
            float[] tileOfDy = Scratch.floats(Slot.TASK_B, windows.tilePixels() * lanes);
            Arrays.fill(sums, part * size + first * depth * lanes, part * size + end * depth * lanes, 0);
            for (int t = part * tilesPerPart; t < Math.min(windows.tiles, (part + 1) * tilesPerPart); t++) {
                for (int block = first; block < end; block++) {
                    windows.pack(tileOfX, t, block);
                    windows.packResult(tileOfDy, t, block, gradient);
                    int at = part * size + block * depth * lanes;
                    for (int k = 0; k < depth; k += ChannelLanes.SUMS) {
                        ChannelLanes.sums(
                                sums,
                                at + k * lanes,
                                tileOfDy,
                                tileOfX,
                                windows.places(t),
                                windows.pixels(t),
                                offsets,
                                k);
                    }
                }
            }
        });
        int in = s.inC() / s.groups();
        int taps = s.kH() * s.kW();
        Chunks.rows(p, s.outC(), parts * taps * in, (from, to) -> {
            for (int o = from; o < to; o++) {
                for (int k = 0; k < taps * in; k++) {
                    int at = (o / lanes * depth + k % in * taps + k / in) * lanes + o % lanes;
                    float sum = 0;
                    for (int part = 0; part < parts; part++) {
                        sum += sums[part * size + at];
                    }
                    dw[o * taps * in + k] = sum;
                }
            }
        });
    }

    private static ChannelWindows windowsOnInput(float[] x, ConvShape s) {
        int[] tapY = new int[s.kH() * s.kW()];
        int[] tapX = new int[tapY.length];
        for (int t = 0; t < tapY.length; t++) {
            tapY[t] = t / s.kW() * s.dilationH() - s.padTop();
            tapX[t] = t % s.kW() * s.dilationW() - s.padLeft();
        }
        return new ChannelWindows(
                new ChannelWindows.Source(x, null, s.batch(), s.inH(), s.inW(), s.inC(), s.inC() / s.groups()),
                s.outC(),
                s.outC() / s.groups(),
                tapY,
                tapX,
                new WindowRows.Grid(s.outH(), s.outW(), s.strideH(), s.strideW()));
    }

    /**
     * The weight as {@code [block of channels][source channel of the group][tap][lane]}.
     *
     * @param channels of the result
     * @param perGroup channels of the result in a group
     * @param channelStep floats in w between channels of the result that share a group
     * @param sources source channels in a group
     * @param sourceStep floats in w between source channels
     */
    private static float[] packed(
            Workspace ws,
            Packing.Layout layout,
            float[] w,
            ConvShape s,
            int[] taps,
            int channels,
            int perGroup,
            int channelStep,
            int sources,
            int sourceStep) {
        int lanes = ChannelWindows.LANES;
        int in = s.inC() / s.groups();
        int groupStep = w.length / s.groups();
        int depth = sources * taps.length;
        int width = Math.ceilDiv(channels, lanes) * lanes;
        return ws.packing().of(layout, depth * width, packed -> {
            for (int c = 0; c < width; c++) {
                int from = c / perGroup * groupStep + c % perGroup * channelStep;
                for (int k = 0; k < depth; k++) {
                    int at = (c / lanes * depth + k) * lanes + c % lanes;
                    packed[at] = c < channels ? w[from + k / taps.length * sourceStep + taps[k % taps.length] * in] : 0;
                }
            }
        });
    }

    private static float[] base(float @Nullable [] bias, int channels) {
        int width = Math.ceilDiv(channels, ChannelWindows.LANES) * ChannelWindows.LANES;
        float[] base = Scratch.floats(Slot.SHARED_B, width);
        Arrays.fill(base, 0, width, 0);
        if (bias != null) {
            System.arraycopy(bias, 0, base, 0, channels);
        }
        return base;
    }

    /** {@code base + sum over source channels and taps of w * x} at each window, and what becomes of it. */
    private record Pass(Parallel parallel, ChannelWindows windows, float[] weights, float[] base, WayOut out) {

        void run(float[] dst, WindowRows.Target target) {
            int blocksPerTask = windows.blocksPerTask(windows.tiles);
            int across = Math.ceilDiv(windows.blocks, blocksPerTask);
            int[][] places = windows.placesIn(target);
            parallel.run(windows.tiles * across, task -> {
                int first = task % across * blocksPerTask;
                tile(dst, target, places, task / across, first, Math.min(windows.blocks, first + blocksPerTask));
            });
        }

        private void tile(float[] dst, WindowRows.Target target, int[][] places, int tile, int first, int end) {
            int lanes = ChannelWindows.LANES;
            float[] source = Scratch.floats(Slot.TASK_A, windows.size);
            float[] edge = Scratch.floats(Slot.TASK_B, windows.tilePixels() * lanes);
            int[] to = places[windows.isLastInRow(tile) ? 1 : 0];
            int at = windows.firstPlace(target, tile);
            int pixels = windows.pixels(tile);
            for (int block = first; block < end; block++) {
                windows.pack(source, tile, block);
                int c = block * lanes;
                int n = Math.min(lanes, target.channels() - c);
                ChannelLanes.convolve(
                        n == lanes ? dst : edge,
                        n == lanes ? at + c : 0,
                        n == lanes ? to : windows.inOrder,
                        source,
                        windows.places(tile),
                        pixels,
                        windows.offsets,
                        weights,
                        c * windows.offsets.length,
                        base,
                        c,
                        out.low(),
                        out.high());
                for (int i = 0; n < lanes && i < pixels; i++) {
                    Lanes.copy(dst, at + to[i] + c, edge, i * lanes, n);
                }
            }
            int channels = Math.min(target.channels(), end * lanes) - first * lanes;
            for (int i = 0; i < pixels; i++) {
                out.bounded(dst, at + to[i] + first * lanes, 1, 0, channels);
            }
        }
    }
}
