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
 * The weight gradient as the product of dy, transposed, and the implicit im2col matrix of x; the depth is the pixels. Tasks divide the
 * channels of dy, the columns and the pixels by a fixed rule; the sums over spans of pixels are added in order.
 */
final class WeightGradient {
    private static final MicroKernel KERNEL = MicroKernel.byColumns();
    /** Pixels whose channels are packed for all tiles and panels before the next, so that each line of them is read once. */
    private static final int PACKED_AT_ONCE = 32;

    /** Tasks for each thread, where there are as many panels to divide; what a span of pixels sums does not depend on it. */
    private static final int TASKS_OF_A_THREAD = 2;

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
        int tiles = Math.ceilDiv(s.outC() / s.groups(), KERNEL.rows);
        int groupSize = tiles * KERNEL.rows * panels.width;
        int size = groupSize * s.groups();
        int tilesPerTask = Math.ceilDiv(tiles, Math.ceilDiv(tiles, Tuning.GRADIENT_TILES));
        int down = Math.ceilDiv(tiles, tilesPerTask);
        int fewest = Math.min(Tuning.TASKS, Math.ceilDiv(panels.count, Tuning.GRADIENT_PANELS));
        int most = Math.max(1, Math.min(Tuning.PARTIAL_SUMS / size, Math.ceilDiv(pixels, Tuning.GRADIENT_DEPTH)));
        int spans = Math.min(most, Math.ceilDiv(Tuning.TASKS, down * fewest * s.groups()));
        int enough = Math.ceilDiv(TASKS_OF_A_THREAD * parallel.threads(), down * spans * s.groups());
        int panelsPerTask = Math.ceilDiv(panels.count, Math.clamp(enough, fewest, panels.count));
        int across = Math.ceilDiv(panels.count, panelsPerTask);
        int blocks = down * across;
        int span = Math.ceilDiv(pixels, spans);
        float[] sums = Scratch.floats(Slot.SHARED_A, spans * size);
        WeightGradient gradient = new WeightGradient(sums, dy, x, s, panels);
        parallel.run(blocks * spans * s.groups(), i -> {
            int group = i / (blocks * spans);
            int part = i / blocks % spans;
            int tile = i % blocks / across * tilesPerTask;
            int panel = i % across * panelsPerTask;
            int first = Math.min(pixels, part * span);
            Block block = new Block(
                    group,
                    tile,
                    Math.min(tiles, tile + tilesPerTask),
                    panel,
                    Math.min(panels.count, panel + panelsPerTask));
            gradient.sum(part * size + group * groupSize, block, first, Chunks.end(first, span, pixels));
        });
        parallel.run(s.outC(), o -> gradient.add(dw, o, spans, size, groupSize));
        if (db != null) {
            Reduce.biasGrad(parallel, db, dy.dy(), dy.mask(), pixels, s.outC());
        }
    }

    /** What a task sums: the tiles {@code tile} to {@code tileEnd - 1} of some panels, in a group. */
    private record Block(int group, int tile, int tileEnd, int panel, int panelEnd) {}

    /** Sums a block over a span of pixels. */
    private void sum(int sumsAt, Block block, int pixel0, int pixel1) {
        int height = KERNEL.rows;
        int first = panels.at[block.panel];
        int width = panels.at[block.panelEnd - 1] + panels.lanes[block.panelEnd - 1] - first;
        float[] left = Scratch.floats(Slot.TASK_A, (block.tileEnd - block.tile) * height * Tuning.GRADIENT_DEPTH);
        float[] right = Scratch.floats(Slot.TASK_C, width * Tuning.GRADIENT_DEPTH);
        int k0 = pixel0;
        do {
            int depth = Math.min(pixel1 - k0, Tuning.GRADIENT_DEPTH);
            for (int k = 0; k < depth; k += PACKED_AT_ONCE) {
                int pixels = Math.min(PACKED_AT_ONCE, depth - k);
                packGradient(left, block, depth, k, k0 + k, pixels);
                packWindows(right, block, depth, k, k0 + k, pixels);
            }
            for (int p = block.panel; p < block.panelEnd; p++) {
                int rightAt = (panels.at[p] - first) * depth;
                for (int t = block.tile; t < block.tileEnd; t++) {
                    int leftAt = (t - block.tile) * height * depth;
                    int at = sumsAt + place(p, t);
                    KERNEL.sum(sums, at, panels.lanes[p], left, leftAt, right, rightAt, depth, k0 > pixel0);
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

    /**
     * Packs dy of n pixels as columns as high as a tile, tile by tile, of which each has {@code depth} columns and these from the k-th.
     */
    private void packGradient(float[] dst, Block block, int depth, int k, int pixel, int n) {
        int height = KERNEL.rows;
        for (int t = block.tile; t < block.tileEnd; t++) {
            int from = pixel * s.outC() + block.group * out + t * height;
            int to = ((t - block.tile) * depth + k) * height;
            int channels = Math.min(height, out - t * height);
            if (dy.mask() == null) {
                Lanes.copyRows(dst, to, height, dy.dy(), from, s.outC(), n, channels);
            } else {
                Lanes.copyRowsWhere(dst, to, height, dy.dy(), dy.mask(), from, s.outC(), n, channels);
            }
        }
    }

    /** Packs im2col columns of n pixels, panel by panel, of which each has {@code depth} rows and these from the k-th. */
    private void packWindows(float[] dst, Block block, int depth, int k, int pixel, int n) {
        int across = s.groups() == 1 && s.dilationW() == 1 ? s.kW() : 1;
        int runs = across * run;
        for (int p = block.panel; p < block.panelEnd; p++) {
            int at = (panels.at[p] - panels.at[block.panel]) * depth + k * panels.lanes[p];
            int first = panels.first[p];
            int last = first + panels.columns[p];
            for (int c = first; c < last; ) {
                int end = Math.min((c / runs + 1) * runs, last);
                int tap = c / runs * across;
                int channel = block.group * run + c % runs;
                packRun(dst, at + c - first, panels.lanes[p], tap, channel, end - c, pixel, n);
                c = end;
            }
        }
    }

    /**
     * Packs what lies side by side in an image, one row of windows after the other.
     *
     * @param tap the first of its row whose channels are counted
     * @param channel the first, counted on over the taps behind it
     * @param n channels
     */
    private void packRun(float[] dst, int at, int lanes, int tap, int channel, int n, int pixel, int depth) {
        int c = s.inC();
        int offsetY = tap / s.kW() * s.dilationH() - s.padTop();
        int offsetX = tap % s.kW() * s.dilationW() - s.padLeft();
        int left = Math.clamp(Math.ceilDiv(-offsetX - channel / c, s.strideW()), 0, s.outW());
        int seen = offsetX + (channel + n - 1) / c;
        int right = Math.clamp(Math.ceilDiv(s.inW() - seen, s.strideW()), left, s.outW());
        for (int k = 0; k < depth; ) {
            int row = (pixel + k) / s.outW();
            int ox = (pixel + k) % s.outW();
            int end = Math.min(s.outW(), ox + depth - k);
            int iy = row % s.outH() * s.strideH() + offsetY;
            int start = at + (k - ox) * lanes;
            if (iy < 0 || iy >= s.inH()) {
                clearRows(dst, start + ox * lanes, lanes, end - ox, n);
            } else {
                int from = Math.clamp(left, ox, end);
                int to = Math.clamp(right, from, end);
                int line = (row / s.outH() * s.inH() + iy) * s.inW();
                packEdge(dst, start, lanes, line, offsetX, channel, n, ox, from);
                int source = (line + from * s.strideW() + offsetX) * c + channel;
                Lanes.copyRows(dst, start + from * lanes, lanes, x, source, s.strideW() * c, to - from, n);
                packEdge(dst, start, lanes, line, offsetX, channel, n, to, end);
            }
            k += end - ox;
        }
    }

    /** Packs pixels of a row whose windows are partly beside the image. */
    private void packEdge(
            float[] dst, int start, int lanes, int line, int offsetX, int channel, int n, int first, int end) {
        int c = s.inC();
        for (int ox = first; ox < end; ox++) {
            for (int i = 0; i < n; i++) {
                int column = ox * s.strideW() + offsetX + (channel + i) / c;
                boolean inside = column >= 0 && column < s.inW();
                dst[start + ox * lanes + i] = inside ? x[(line + column) * c + (channel + i) % c] : 0;
            }
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
