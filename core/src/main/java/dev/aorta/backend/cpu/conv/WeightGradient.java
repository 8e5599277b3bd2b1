package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.element.Reduce;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.Workspace;
import dev.aorta.backend.cpu.product.MicroKernel;
import dev.aorta.backend.cpu.product.Panels;
import org.jspecify.annotations.Nullable;

/**
 * The weight gradient as the product of dy, transposed, and the implicit im2col matrix of x; the depth is the pixels. They are
 * cut into spans by a fixed rule, whose sums are added in order.
 */
final class WeightGradient {
    private static final MicroKernel KERNEL = MicroKernel.byColumns();

    private final float[] sums;
    private final Gradient dy;
    private final float[] x;
    private final ConvShape s;
    private final Panels panels;
    /** Rows of the product: channels of dy in a group. */
    private final int out;
    /** Channels of x in a group. */
    private final int run;

    private WeightGradient(float[] sums, Gradient dy, float[] x, ConvShape s, Panels panels) {
        this.sums = sums;
        this.dy = dy;
        this.x = x;
        this.s = s;
        this.panels = panels;
        out = s.outC() / s.groups();
        run = s.inC() / s.groups();
    }

    /** The gradients for w and b of {@link dev.aorta.backend.Backend#conv2dGrad}. */
    static void run(Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, float[] x, ConvShape s) {
        Parallel parallel = ws.parallel();
        int pixels = s.batch() * s.outH() * s.outW();
        Panels panels = new Panels(1, s.kH() * s.kW() * (s.inC() / s.groups()), KERNEL.lanes);
        int groupSize = Math.ceilDiv(s.outC() / s.groups(), KERNEL.rows) * KERNEL.rows * panels.width;
        int size = groupSize * s.groups();
        int columnTasks = Math.min(Tuning.TASKS, Math.ceilDiv(panels.count, Tuning.GRADIENT_PANELS));
        int panelsPerTask = Math.ceilDiv(panels.count, columnTasks);
        int most = Math.max(1, Math.min(Tuning.PARTIAL_SUMS / size, Math.ceilDiv(pixels, Tuning.DEPTH)));
        int spans = Math.min(most, Math.ceilDiv(Tuning.TASKS, columnTasks * s.groups()));
        int span = Math.ceilDiv(pixels, spans);
        float[] sums = Scratch.floats(Slot.SHARED_A, spans * size);
        WeightGradient gradient = new WeightGradient(sums, dy, x, s, panels);
        parallel.run(columnTasks * spans * s.groups(), i -> {
            int group = i / (columnTasks * spans);
            int part = i / columnTasks % spans;
            int panel = i % columnTasks * panelsPerTask;
            int first = Math.min(pixels, part * span);
            gradient.span(
                    part * size + group * groupSize,
                    group,
                    panel,
                    Math.min(panels.count, panel + panelsPerTask),
                    first,
                    Chunks.end(first, span, pixels));
        });
        parallel.run(s.outC(), o -> gradient.add(dw, o, spans, size, groupSize));
        if (db != null) {
            Reduce.biasGrad(parallel, db, dy.dy(), dy.mask(), pixels, s.outC());
        }
    }

    /** Sums the tiles of a panel over a span of pixels. */
    private void span(int sumsAt, int group, int panel0, int panel1, int pixel0, int pixel1) {
        int height = KERNEL.rows;
        int tiles = Math.ceilDiv(out, height);
        float[] left = Scratch.floats(Slot.TASK_A, tiles * height * Tuning.DEPTH);
        float[] right = Scratch.floats(Slot.TASK_C, 2 * KERNEL.lanes * Tuning.DEPTH);
        int k0 = pixel0;
        do {
            int depth = Math.min(pixel1 - k0, Tuning.DEPTH);
            packGradient(left, group, k0, depth);
            for (int p = panel0; p < panel1; p++) {
                packWindows(right, group, p, k0, depth);
                for (int t = 0; t < tiles; t++) {
                    int at = sumsAt + place(p, t);
                    KERNEL.sum(sums, at, panels.lanes[p], left, t * height * depth, right, depth, k0 > pixel0);
                }
            }
            k0 += depth;
        } while (k0 < pixel1);
    }

    /** Where a tile of a panel begins in the sums: panel after panel, in each tile after tile, in each row after row. */
    private int place(int panel, int tile) {
        int height = KERNEL.rows;
        return (panels.at[panel] * Math.ceilDiv(out, height) + tile * panels.lanes[panel]) * height;
    }

    /** Adds the parts of one row of dw in their order. */
    private void add(float[] dw, int o, int parts, int size, int groupSize) {
        int row = o % out;
        for (int p = 0; p < panels.count; p++) {
            int from = o / out * groupSize + place(p, row / KERNEL.rows) + row % KERNEL.rows * panels.lanes[p];
            int to = o * s.kH() * s.kW() * run + panels.first[p];
            Lanes.copy(dw, to, sums, from, panels.columns[p]);
            for (int part = 1; part < parts; part++) {
                Lanes.add(dw, to, dw, to, sums, part * size + from, panels.columns[p]);
            }
        }
    }

    /** Packs dy of {@code depth} pixels as columns as high as a tile, tile by tile. */
    private void packGradient(float[] dst, int group, int pixel, int depth) {
        int height = KERNEL.rows;
        for (int o = 0; o < out; o += height) {
            int from = pixel * s.outC() + group * out + o;
            int n = Math.min(height, out - o);
            if (dy.mask() == null) {
                Lanes.copyRows(dst, o * depth, height, dy.dy(), from, s.outC(), depth, n);
            } else {
                Lanes.copyRowsWhere(dst, o * depth, height, dy.dy(), dy.mask(), from, s.outC(), depth, n);
            }
        }
    }

    /** Packs a panel of im2col columns of {@code depth} pixels as {@code dst[k * lanes + n]}. */
    private void packWindows(float[] dst, int group, int panel, int pixel, int depth) {
        int first = panels.first[panel];
        int last = first + panels.columns[panel];
        for (int n = first; n < last; ) {
            int tap = n / run;
            int end = Math.min((tap + 1) * run, last);
            packTap(dst, n - first, panels.lanes[panel], tap, group * run + n - tap * run, end - n, pixel, depth);
            n = end;
        }
    }

    /** Packs {@code n} channels of one tap, one row of windows after the other. */
    private void packTap(float[] dst, int at, int lanes, int tap, int channel, int n, int pixel, int depth) {
        int offsetY = tap / s.kW() * s.dilationH() - s.padTop();
        int offsetX = tap % s.kW() * s.dilationW() - s.padLeft();
        int left = Math.clamp(Math.ceilDiv(-offsetX, s.strideW()), 0, s.outW());
        int right = Math.clamp(Math.ceilDiv(s.inW() - offsetX, s.strideW()), left, s.outW());
        for (int k = 0; k < depth; ) {
            int row = (pixel + k) / s.outW();
            int ox = (pixel + k) % s.outW();
            int end = Math.min(s.outW(), ox + depth - k);
            int iy = row % s.outH() * s.strideH() + offsetY;
            boolean inside = iy >= 0 && iy < s.inH();
            int from = inside ? Math.clamp(left, ox, end) : end;
            int to = inside ? Math.clamp(right, from, end) : end;
            int start = at + (k - ox) * lanes;
            clearRows(dst, start + ox * lanes, lanes, from - ox, n);
            int source = ((row / s.outH() * s.inH() + iy) * s.inW() + from * s.strideW() + offsetX) * s.inC() + channel;
            Lanes.copyRows(dst, start + from * lanes, lanes, x, source, s.strideW() * s.inC(), to - from, n);
            clearRows(dst, start + to * lanes, lanes, end - to, n);
            k += end - ox;
        }
    }

    private static void clearRows(float[] dst, int at, int step, int rows, int n) {
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < n; i++) {
                dst[at + r * step + i] = 0;
            }
        }
    }
}
