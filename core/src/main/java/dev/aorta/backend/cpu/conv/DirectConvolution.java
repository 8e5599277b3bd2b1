package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Aligned;
import dev.aorta.backend.cpu.machine.Lanes;
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
 * Convolution without a matrix: each input is broadcast against vectors of output channels straight from the image, where all windows
 * lie inside of it, or from a band of its rows that is copied with its padding. Only the weight is laid out anew, in panels of two
 * vectors of channels or one: (panel, kH, kW, in, channels of the panel).
 */
public final class DirectConvolution {
    private static final int L = Simd.LANES;
    /** Most rows of y that share a band. */
    private static final int BAND = 8;

    /** Windows of a row from which its last group wastes little. */
    private static final int LONG_ROW = 14;

    /**
     * Neighbouring floats from which a loop over them is worth its beginning: 3x3 on one channel, 256x256 to 16, takes 0.17 ms by runs
     * of 3, 0.11 without; 3x3/2 on three, 224x224 to 32, 0.087 by runs of 9, 0.100 without.
     */
    private static final int SHORT_RUN = 8;

    /**
     * Pixels, two groups of 14, of which a 1x1 convolution computes all channels before the next, so that it writes y in order: 28x28,
     * 128 to 512 channels on 8 images took 4.6 ms panel by panel, 3.4 so.
     */
    private static final int TOGETHER = 28;

    /** Floats after which a level-1 cache puts lines into the same set. */
    private static final int SAME_SET = 1024;

    private final ConvShape s;
    /** Whether a window is a pixel, so that all pixels of all images are one row of windows. */
    private final boolean pixels;
    /** Whether all windows lie inside the image. */
    private final boolean inside;
    /**
     * Whether windows are pixels that are copied first: those of several rows, to be one row, and those whose lines share a set of the
     * level-1 cache, to lie apart.
     */
    private final boolean gathers;

    private final PaddedRows padded;
    /** Floats of a row of x or of a band. */
    private final int length;
    /** Neighbouring floats of a window. */
    private final int run;
    /** Where each run begins, from the first. */
    private final int[] runAt;
    /** Where each input stands, from the first; null where runs are long enough for a loop of their own. */
    private final int @Nullable [] offset;
    /** Inputs that an output sees. */
    private final int depth;
    /** Channels of a panel that is not the last. */
    private final int width;
    /** Channels from one vector of a panel of two to the other: with fewer channels than two vectors have they overlap. */
    private final int apart;

    private final int panels;

    DirectConvolution(ConvShape s) {
        this.s = s;
        pixels = isOfPixels(s);
        int seenRows = (s.outH() - 1) * s.strideH() + (s.kH() - 1) * s.dilationH() + 1;
        int seenColumns = (s.outW() - 1) * s.strideW() + (s.kW() - 1) * s.dilationW() + 1;
        inside = s.padTop() == 0 && s.padLeft() == 0 && seenRows <= s.inH() && seenColumns <= s.inW();
        gathers = s.kH() * s.kW() == 1 && inside && (!pixels || s.inC() % SAME_SET == 0);
        padded = new PaddedRows(s);
        length = inside ? s.inW() * s.inC() : padded.length;
        int taps = s.dilationW() == 1 ? s.kW() : 1;
        run = taps * s.inC();
        runAt = new int[s.kH() * s.kW() / taps];
        for (int r = 0, across = s.kW() / taps; r < runAt.length; r++) {
            runAt[r] = r / across * s.dilationH() * length + r % across * s.dilationW() * s.inC();
        }
        depth = runAt.length * run;
        offset = run < SHORT_RUN ? new int[depth] : null;
        for (int k = 0; offset != null && k < depth; k++) {
            offset[k] = runAt[k / run] + k % run;
        }
        width = s.outC() <= L ? L : 2 * L;
        apart = Math.min(L, s.outC() - L);
        panels = Math.ceilDiv(s.outC(), width);
    }

    private static boolean isOfPixels(ConvShape s) {
        return s.kH() == 1
                && s.kW() == 1
                && s.strideH() == 1
                && s.strideW() == 1
                && s.output().rows() == s.input().rows();
    }

    /** Whether this class can compute a convolution: a band must not be gaps between taps. */
    static boolean computes(ConvShape s) {
        return Simd.BITS > 0
                && s.groups() == 1
                && s.outC() >= L
                && Gaps.areSmall(s, Math.min(s.outH(), BAND), s.outW());
    }

    static boolean isFastest(ConvShape s) {
        int inputs = s.kH() * s.kW() * s.inC();
        int computed = Math.ceilDiv(s.outW(), DirectWide.FEW) * DirectWide.FEW;
        return s.kH() * s.kW() == 1
                || inputs <= Tuning.DIRECT_TAPS
                || inputs >= Tuning.DIRECT_MANY
                        && s.output().rows() <= Tuning.DIRECT_PIXELS
                        && 4 * computed <= 5 * s.outW()
                || inputs <= Tuning.DIRECT_LONG_ROWS && s.outW() >= LONG_ROW;
    }

    /** Whether {@link #forward(Workspace, float[], float[], float[], float[], float[], WayOut, ConvShape)} is the fastest for a geometry. */
    public static boolean scales(ConvShape s) {
        return isOfPixels(s) && computes(s) && ConvKernels.of(s).isDirect();
    }

    /** As {@link ConvKernels.Forward}. */
    static void forward(
            Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s) {
        forward(ws, y, x, null, w, bias, out, s);
    }

    /**
     * As {@link ConvKernels.Forward}, of pixels that are multiplied while they are gathered.
     *
     * @param scale (N, inC), or null for none
     */
    public static void forward(
            Workspace ws,
            float[] y,
            float[] x,
            float @Nullable [] scale,
            float[] w,
            float @Nullable [] bias,
            WayOut out,
            ConvShape s) {
        DirectConvolution d = new DirectConvolution(s);
        float[] packed = ws.packing().of(d.layout(), d.packedSize(), target -> d.pack(ws, target, w));
        float[] base = Scratch.floats(Slot.SHARED_C, s.outC());
        if (bias == null) {
            Arrays.fill(base, 0, s.outC(), 0);
        } else {
            System.arraycopy(bias, 0, base, 0, s.outC());
        }
        d.run(ws, new Operands(y, x, scale, packed, base, out));
    }

    Packing.Layout layout() {
        return Packing.Layout.of("direct", s);
    }

    int packedSize() {
        return panels * depth * width;
    }

    void pack(Workspace ws, float[] packed, float[] w) {
        ws.parallel().run(panels, panel -> pack(packed, w, panel));
    }

    int panels() {
        return panels;
    }

    /** What a call works on. */
    private record Operands(float[] y, float[] x, float @Nullable [] scale, float[] packed, float[] base, WayOut out) {}

    /** Channels of a panel: of the last one vector where that is enough. */
    private int width(int panel) {
        return s.outC() - panel * width <= L ? L : width;
    }

    /** The first channel of a panel; the last begins earlier where it would reach too far. */
    int first(int panel) {
        return Math.max(0, Math.min(panel * width, s.outC() - width(panel)));
    }

    /** Vectors of channels of a panel. */
    int vectors(int panel) {
        return width(panel) / L;
    }

    /** The first channel of a vector of a panel. */
    int first(int panel, int vector) {
        return first(panel) + vector * apart;
    }

    /** The first channel behind a panel. */
    private int end(int panel) {
        return Math.min(s.outC(), first(panel) + width(panel));
    }

    private void pack(float[] packed, float[] w, int panel) {
        int lanes = width(panel);
        int at = panel * depth * width;
        for (int o = 0; o < lanes; o++) {
            int from = (first(panel) + (o < L ? o : o - L + apart)) * depth;
            for (int k = 0; k < depth; k++) {
                packed[at + k * lanes + o] = w[from + k];
            }
        }
    }

    /**
     * Where there are more pixels than channels tasks divide the pixels, so that what one reads stays in its level-2 cache for all
     * panels, and else the channels, so that each weight is read once. Panels that overlap are of one task.
     */
    private void run(Workspace ws, Operands o) {
        int all = pixels ? s.output().rows() : s.batch() * s.outH();
        boolean byChannels = s.output().rows() < s.outC();
        int across = s.outC() % L > 0 ? 1 : byChannels ? Math.min(panels, Tuning.TASKS) : 1;
        int share = Math.min(
                Math.ceilDiv(all * across, Tuning.TASKS),
                Math.max(1, Tuning.DIRECT_INPUTS / (pixels ? run : s.strideH() * length)));
        int piece = Math.min(all, pixels ? Math.ceilDiv(share, DirectWide.ROWS) * DirectWide.ROWS : share);
        int pieces = Math.ceilDiv(all, piece);
        if (!byChannels && s.outC() % L == 0) {
            across = Math.min(panels, Math.max(1, Tuning.TASKS / pieces));
        }
        int panelsPerTask = across == 1 ? panels : Math.max(1, panels / across);
        int columns = Math.ceilDiv(panels, panelsPerTask);
        int perPiece = pixels ? 1 : s.outW();
        boolean copies = gathers || o.scale != null;
        float[] gathered = copies && byChannels ? gather(ws, o, all * perPiece) : null;
        ws.parallel().run(pieces * columns, task -> {
            int from = task / columns * piece;
            int to = Math.min(all, from + piece);
            int panel = task % columns * panelsPerTask;
            int end = Math.min(panels, panel + panelsPerTask);
            if (copies) {
                int first = from * perPiece;
                int n = (to - from) * perPiece;
                if (gathered == null) {
                    float[] copy = Scratch.floats(Slot.TASK_A, n * gap());
                    gather(copy, 0, o, first, first + n);
                    windows(o, first, n, copy, 0, gap(), panel, end);
                } else {
                    windows(o, first, n, gathered, first * gap(), gap(), panel, end);
                }
            } else if (pixels) {
                windows(o, from, to - from, o.x, from * s.inC(), s.inC(), panel, end);
            } else if (inside) {
                for (int row = from; row < to; row++) {
                    int top = row / s.outH() * s.inH() + row % s.outH() * s.strideH();
                    windows(o, row * s.outW(), s.outW(), o.x, top * length, s.strideW() * s.inC(), panel, end);
                }
            } else {
                for (int row = from, last; row < to; row = last) {
                    last = Math.min(Math.min(to, row + BAND), (row / s.outH() + 1) * s.outH());
                    float[] band = padded.copy(o.x, row, last);
                    for (int r = row; r < last; r++) {
                        int at = (r - row) * s.strideH() * length;
                        windows(o, r * s.outW(), s.outW(), band, at, s.strideW() * s.inC(), panel, end);
                    }
                }
            }
        });
    }

    /** Floats between pixels that are gathered: an odd number of lines, so that they lie in different sets. */
    private int gap() {
        return (Math.ceilDiv(s.inC(), Aligned.LINE) | 1) * Aligned.LINE;
    }

    /** The pixels of x that all n pixels of y see, for tasks that divide the channels. */
    private float[] gather(Workspace ws, Operands o, int n) {
        float[] copy = Scratch.floats(Slot.SHARED_B, n * gap());
        int share = Math.ceilDiv(n, Tuning.TASKS);
        ws.parallel().run(Math.ceilDiv(n, share), task -> {
            int from = task * share;
            gather(copy, from * gap(), o, from, Math.min(n, from + share));
        });
        return copy;
    }

    /** Copies the pixels of x that the pixels {@code from} to {@code end - 1} of y see, each multiplied by its image's scale. */
    private void gather(float[] copy, int at, Operands o, int from, int end) {
        for (int pixel = from, to = at; pixel < end; pixel++, to += gap()) {
            int row = pixel / s.outW();
            int seen = row / s.outH() * s.inH() + row % s.outH() * s.strideH();
            int first = (seen * s.inW() + pixel % s.outW() * s.strideW()) * s.inC();
            if (o.scale == null) {
                System.arraycopy(o.x, first, copy, to, s.inC());
            } else {
                Lanes.mul(copy, to, o.x, first, o.scale, row / s.outH() * s.inC(), s.inC());
            }
        }
    }

    /** Some panels of n windows of a row, {@code step} floats apart, from that of pixel {@code pixel} of y. */
    private void windows(Operands o, int pixel, int n, float[] x, int xAt, int step, int panel, int end) {
        int c = s.outC();
        int from = first(panel);
        int channels = end(end - 1) - from;
        boolean whole = channels == c;
        int most = s.kH() * s.kW() == 1 ? TOGETHER : n;
        for (int i = 0, some; i < n; i += some) {
            some = n - i < 2 * most ? n - i : most;
            int yAt = (pixel + i) * c + from;
            row(o.y, yAt, c, x, xAt + i * step, step, some, panel, end, o.packed, o.base, o.out);
            o.out.bounded(o.y, yAt, whole ? 1 : some, c, whole ? some * c : channels);
        }
    }

    /** Some panels of n windows of a row, within the bounds of their way out, into y at {@code yAt}, whose pixels are {@code yStep} apart. */
    void row(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int step,
            int n,
            int panel,
            int end,
            float[] packed,
            float[] base,
            WayOut out) {
        for (int p = panel; p < end; p++) {
            panel(y, yAt + first(p) - first(panel), yStep, apart, x, xAt, step, n, p, packed, base, out);
        }
    }

    /**
     * A panel of n windows of a row, within the bounds of their way out.
     *
     * @param yAt where its first vector goes
     * @param yStep floats between pixels of y
     * @param yApart floats from its first vector to the second
     * @param step floats between windows of x
     */
    void panel(
            float[] y,
            int yAt,
            int yStep,
            int yApart,
            float[] x,
            int xAt,
            int step,
            int n,
            int panel,
            float[] packed,
            float[] base,
            WayOut out) {
        float low = out.low();
        float high = out.high();
        int first = first(panel);
        int panelAt = panel * depth * width;
        int lanes = width(panel);
        if (offset != null) {
            for (int v = 0; v < lanes; v += L) {
                DirectShort.row(
                        y,
                        v == 0 ? yAt : yAt + yApart,
                        yStep,
                        x,
                        xAt,
                        step,
                        offset,
                        packed,
                        panelAt + v,
                        lanes,
                        base,
                        v == 0 ? first : first + apart,
                        low,
                        high,
                        n);
            }
        } else if (lanes == 2 * L) {
            DirectWide.row(
                    y, yAt, yStep, yApart, x, xAt, step, runAt, run, packed, panelAt, base, first, apart, low, high, n);
        } else {
            DirectNarrow.row(y, yAt, yStep, x, xAt, step, runAt, run, packed, panelAt, base, first, low, high, n);
        }
    }
}
