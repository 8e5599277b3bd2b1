package dev.aorta.backend.cpu;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.Scratch.Slot;
import java.util.Arrays;

/**
 * The weight gradient as the product of dy, transposed, and the implicit im2col matrix of x; the depth is the pixels. They are
 * cut into spans by a fixed rule, whose sums are added in order.
 */
final class WeightGradient {
    private static final MicroKernel KERNEL = MicroKernel.BEST;
    private static final float[] NOTHING = new float[64];

    private WeightGradient() {}

    static void run(Parallel parallel, float[] dw, float[] dy, float[] x, ConvShape s) {
        int pixels = s.batch() * s.outH() * s.outW();
        Panels panels = new Panels(1, s.kH() * s.kW() * (s.inC() / s.groups()), KERNEL.lanes);
        int columnTasks = Math.min(Tuning.TASKS, Math.ceilDiv(panels.count, Tuning.GRADIENT_PANELS));
        int panelsPerTask = Math.ceilDiv(panels.count, columnTasks);
        int most = Math.max(1, Math.min(Tuning.PARTIAL_SUMS / dw.length, Math.ceilDiv(pixels, Tuning.DEPTH)));
        int spans = Math.min(most, Math.ceilDiv(Tuning.TASKS, columnTasks * s.groups()));
        int span = Math.ceilDiv(pixels, spans);
        float[] sums = spans == 1 ? dw : Scratch.floats(Slot.SHARED_A, spans * dw.length);
        parallel.run(columnTasks * spans * s.groups(), i -> {
            int group = i / (columnTasks * spans);
            int part = i / columnTasks % spans;
            int panel = i % columnTasks * panelsPerTask;
            span(
                    sums,
                    part * dw.length,
                    dy,
                    x,
                    s,
                    group,
                    panels,
                    panel,
                    Math.min(panels.count, panel + panelsPerTask),
                    Math.min(pixels, part * span),
                    Math.min(pixels, (part + 1) * span));
        });
        if (spans > 1) {
            Chunks.run(parallel, dw.length, (from, to) -> {
                System.arraycopy(sums, from, dw, from, to - from);
                for (int part = 1; part < spans; part++) {
                    Lanes.add(dw, from, dw, from, sums, part * dw.length + from, to - from);
                }
            });
        }
    }

    private static void span(
            float[] sums,
            int sumsAt,
            float[] dy,
            float[] x,
            ConvShape s,
            int group,
            Panels panels,
            int panel0,
            int panel1,
            int pixel0,
            int pixel1) {
        int out = s.outC() / s.groups();
        int columns = s.kH() * s.kW() * (s.inC() / s.groups());
        int rows = KERNEL.rows;
        int tiles = Math.ceilDiv(out, rows);
        TransposedRows gradient =
                new TransposedRows(dy, group * out, s.outC(), out, s.batch() * s.outH() * s.outW(), columns);
        float[] left = Scratch.floats(Slot.TASK_A, tiles * rows * Tuning.DEPTH);
        float[] right = Scratch.floats(Slot.TASK_C, 2 * KERNEL.lanes * Tuning.DEPTH);
        float[] edge = Scratch.floats(Slot.TASK_B, Tile.EDGE);
        int[] places = new int[tiles * rows];
        gradient.places(places, 0, 0, places.length);
        int k0 = pixel0;
        do {
            int k1 = Math.min(pixel1, k0 + Tuning.DEPTH);
            for (int t = 0; t < tiles; t++) {
                gradient.pack(left, t * rows * (k1 - k0), t * rows, rows, k0, k1);
            }
            for (int p = panel0; p < panel1; p++) {
                packWindows(right, x, s, group, panels, p, k0, k1);
                int column = sumsAt + group * out * columns + panels.first[p];
                for (int t = 0; t < tiles; t++) {
                    Tile.run(
                            KERNEL,
                            left,
                            t * rows * (k1 - k0),
                            right,
                            0,
                            k1 - k0,
                            sums,
                            places,
                            t * rows,
                            Math.min(rows, out - t * rows),
                            column,
                            panels.columns[p],
                            panels.lanes[p],
                            NOTHING,
                            0,
                            k0 > pixel0,
                            Float.NEGATIVE_INFINITY,
                            edge);
                }
            }
            k0 = k1;
        } while (k0 < pixel1);
    }

    /** Packs a panel of im2col columns for pixels {@code k0} to {@code k1 - 1} as {@code dst[(k - k0) * lanes + n]}. */
    private static void packWindows(
            float[] dst, float[] x, ConvShape s, int group, Panels panels, int panel, int k0, int k1) {
        int run = s.inC() / s.groups();
        int lanes = panels.lanes[panel];
        int first = panels.first[panel];
        int last = first + panels.columns[panel];
        if (last - first < lanes) {
            Arrays.fill(dst, 0, (k1 - k0) * lanes, 0);
        }
        for (int n = first; n < last; ) {
            int tap = n / run;
            int length = Math.min((tap + 1) * run, last) - n;
            int dy = tap / s.kW() * s.dilationH() - s.padTop();
            int dx = tap % s.kW() * s.dilationW() - s.padLeft();
            int channel = group * run + n - tap * run;
            int to = n - first;
            int ox = k0 % s.outW();
            int oy = k0 / s.outW() % s.outH();
            int image = k0 / s.outW() / s.outH();
            for (int k = k0; k < k1; k++, to += lanes) {
                int iy = oy * s.strideH() + dy;
                int ix = ox * s.strideW() + dx;
                if (iy >= 0 && iy < s.inH() && ix >= 0 && ix < s.inW()) {
                    System.arraycopy(x, ((image * s.inH() + iy) * s.inW() + ix) * s.inC() + channel, dst, to, length);
                } else {
                    Arrays.fill(dst, to, to + length, 0);
                }
                if (++ox == s.outW()) {
                    ox = 0;
                    if (++oy == s.outH()) {
                        oy = 0;
                        image++;
                    }
                }
            }
            n += length;
        }
    }
}
