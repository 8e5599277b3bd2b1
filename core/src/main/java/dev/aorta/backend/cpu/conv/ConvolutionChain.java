package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.ConvStage;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A 1x1 convolution to many channels, the depthwise one behind it, and the 1x1 back to few where rows are many, by strips of rows: what
 * lies between them is written to a band that stays in the level-2 cache, and never to memory. Bits are those of the convolutions one
 * after the other.
 */
public final class ConvolutionChain {
    private static final int L = Simd.LANES;

    /** Rows of a task's piece of an image at least: those that two pieces both need are computed twice. */
    private static final int PIECE = 14;

    /** Rows from which the third convolution is taken along; with fewer, tasks divide the channels, which it sums over. */
    private static final int ROWS = 28;

    /**
     * One convolution.
     *
     * @param w weight
     * @param bias or null for none
     * @param out what becomes of its results
     * @param s geometry
     * @param packing where the weight is kept
     */
    public record Link(float[] w, float @Nullable [] bias, WayOut out, ConvShape s, Packing packing) {
        private float @Nullable [] kept(Workspace ws) {
            if (s.groups() > 1) {
                return packing.kept(
                        DepthwiseConvolution.layout(s), w.length, to -> DepthwiseConvolution.pack(to, w, s));
            }
            DirectConvolution d = new DirectConvolution(s);
            return packing.kept(d.layout(), d.packedSize(), to -> d.pack(ws, to, w));
        }
    }

    private final float[] y;
    private final float[] x;
    private final Link wide;
    private final Link deep;
    private final @Nullable Link narrow;
    private final float[][] packed;
    private final float[][] base;
    private final DirectConvolution widening;
    private final @Nullable DirectConvolution narrowing;
    private final ConvShape s;
    private final DepthwiseTaps taps;

    private ConvolutionChain(float[] y, float[] x, List<Link> links, float[][] packed) {
        this.y = y;
        this.x = x;
        this.packed = packed;
        wide = links.get(0);
        deep = links.get(1);
        narrow = links.size() > 2 ? links.get(2) : null;
        s = deep.s;
        widening = new DirectConvolution(wide.s);
        narrowing = narrow == null ? null : new DirectConvolution(narrow.s);
        taps = DepthwiseTaps.of(s, PaddedRows.pixels(s));
        base = new float[links.size()][];
        for (int i = 0; i < base.length; i++) {
            float[] bias = links.get(i).bias;
            base[i] = bias == null ? zeros(links) : bias;
        }
    }

    private static float[] zeros(List<Link> links) {
        int most = links.stream().mapToInt(l -> l.s.outC()).max().orElseThrow();
        float[] zeros = Scratch.floats(Slot.SHARED_C, most);
        Arrays.fill(zeros, 0, most, 0);
        return zeros;
    }

    /** How many convolutions from the first are computed together: 3, 2, or 0 for none. */
    public static int length(List<ConvStage> chain) {
        if (chain.size() < 2 || !widens(chain.get(0), chain.get(1))) {
            return 0;
        }
        return chain.size() > 2 && narrows(chain.get(1), chain.get(2)) ? 3 : 2;
    }

    private static boolean widens(ConvStage wide, ConvStage deep) {
        return isPointwise(wide.shape())
                && ConvKernels.of(deep.shape()) == ConvKernels.DEPTHWISE
                && wide.shape().output().equals(deep.shape().input())
                && wide.scale() == null
                && wide.added() == null
                && deep.scale() == null
                && deep.added() == null;
    }

    private static boolean narrows(ConvStage deep, ConvStage narrow) {
        ConvShape s = narrow.shape();
        return isPointwise(s) && s.outH() >= ROWS && deep.shape().output().equals(s.input()) && narrow.scale() == null;
    }

    private static boolean isPointwise(ConvShape s) {
        return s.kH() == 1
                && s.kW() == 1
                && s.strideH() == 1
                && s.strideW() == 1
                && s.output().rows() == s.input().rows()
                && DirectConvolution.computes(s)
                && ConvKernels.of(s).isDirect();
    }

    /** Computes as many convolutions as {@link #length} says; false, and nothing done, where not all packed weights are kept. */
    public static boolean run(Workspace ws, float[] y, float[] x, List<Link> links) {
        float[][] packed = new float[links.size()][];
        for (int i = 0; i < packed.length; i++) {
            float[] kept = links.get(i).kept(ws);
            if (kept == null) {
                return false;
            }
            packed[i] = kept;
        }
        new ConvolutionChain(y, x, links, packed).run(ws);
        return true;
    }

    private void run(Workspace ws) {
        int panels = widening.panels();
        boolean whole = narrow != null || s.inC() % L > 0;
        int groups = whole ? 1 : Math.min(panels, Math.ceilDiv(Tuning.TASKS, s.batch()));
        int perGroup = Math.ceilDiv(panels, groups);
        int used = Math.ceilDiv(panels, perGroup);
        int wanted = Math.ceilDiv(Tuning.TASKS, s.batch() * used);
        int pieces = Math.max(1, Math.min(wanted, s.outH() / PIECE));
        int rows = Math.ceilDiv(s.outH(), pieces);
        ws.parallel().run(s.batch() * pieces * used, task -> {
            int panel = task % used * perGroup;
            int from = task / used % pieces * rows;
            strips(
                    task / used / pieces,
                    from,
                    Math.min(s.outH(), from + rows),
                    panel,
                    Math.min(panels, panel + perGroup));
        });
    }

    /** Rows {@code from} to {@code to - 1} of an image, and some panels of the wide convolution. */
    private void strips(int image, int from, int to, int panel, int end) {
        int vectors = 2 * (end - 1 - panel) + widening.vectors(end - 1);
        int most = Math.min(to - from, DepthwiseBand.rowsWithin(s, vectors, Tuning.DIRECT_INPUTS));
        DepthwiseBand band = DepthwiseBand.of(Slot.CHAIN_BAND, s, most, vectors);
        int top = from * s.strideH() - s.padTop();
        int there = 0;
        for (int row = from; row < to; row += most) {
            int n = Math.min(most, to - row);
            int needed = DepthwiseBand.rows(s, n);
            for (int r = there; r < needed; r++) {
                widen(band, r, image, top + r, panel, end);
            }
            deepen(band, image * s.outH() + row, n, panel);
            int passed = n * s.strideH();
            there = Math.max(0, needed - passed);
            band.move(Math.min(passed, needed), there);
            top += passed;
        }
    }

    /** One row of the band: of the wide convolution, or of padding. */
    private void widen(DepthwiseBand band, int r, int image, int row, int panel, int end) {
        boolean outside = row < 0 || row >= s.inH();
        for (int v = 0; v < band.vectors(); v++) {
            band.pad(v, r, outside);
        }
        if (outside) {
            return;
        }
        int c = wide.s.inC();
        int seen = s.inW() * c;
        float[] pixels = Scratch.floats(Slot.CHAIN_ROW, seen);
        System.arraycopy(x, (image * s.inH() + row) * seen, pixels, 0, seen);
        for (int p = panel; p < end; p++) {
            int at = band.imageAt(2 * (p - panel), r);
            widening.panel(band.floats(), at, L, band.step(), pixels, 0, c, s.inW(), p, packed[0], base[0], wide.out);
        }
        wide.out.bounded(band.floats(), band.imageAt(0, r), band.vectors(), band.step(), s.inW() * L);
    }

    /** So many rows of the depthwise convolution from the {@code row}-th of all images, and what follows it. */
    private void deepen(DepthwiseBand band, int row, int n, int panel) {
        int c = s.outC();
        int pixels = n * s.outW();
        int[] channel = new int[band.vectors()];
        Arrays.setAll(channel, v -> widening.first(panel + v / 2, v % 2));
        boolean byVectors = narrow == null && deep.out.rest() != null;
        boolean strip = narrow != null || byVectors;
        int length = byVectors ? channel.length * L : c;
        float[] to = strip ? Scratch.floats(Slot.CHAIN_STRIP, pixels * length) : y;
        int begin = strip ? 0 : row * s.outW() * c;
        int step = byVectors ? L : c;
        for (int v = 0; v < channel.length; v++) {
            int at = byVectors ? v * pixels * L : begin + channel[v];
            for (int r = 0; r < n; r++) {
                DepthwiseBandSimd.row(
                        to,
                        at + r * s.outW() * step,
                        step,
                        band.floats(),
                        band.at(v, r * s.strideH()),
                        s.outW(),
                        taps,
                        packed[1],
                        channel[v],
                        c,
                        base[1],
                        deep.out.low(),
                        deep.out.high());
            }
        }
        if (strip) {
            deep.out.bounded(to, 0, 1, 0, pixels * length);
        }
        if (byVectors) {
            DepthwiseBandSimd.gather(y, row * s.outW() * c, c, channel, to, pixels);
        }
        if (narrow != null && narrowing != null) {
            int out = narrow.s.outC();
            int first = row * s.outW() * out;
            narrowing.row(y, first, out, to, 0, c, pixels, 0, narrowing.panels(), packed[2], base[2], narrow.out);
            narrow.out.bounded(y, first, 1, 0, pixels * out);
        }
    }
}
