package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.element.Reduce;
import dev.aorta.backend.cpu.machine.Gradient;
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
 * Convolution whose windows cover the image without gap or overlap, such as the 2 x 2 kernel with stride 2 that a U-Net transposes. A
 * row of a window is one run of memory, and its columns are all columns of the image, so the matrix products need no copy of an
 * image: only the weight is laid out in panels of two vectors of columns.
 */
final class Patches {
    private static final int COLUMNS = 2 * Simd.LANES;
    /** Products are cut into at least so many tasks, where they have as many rows. */
    private static final int TASKS = 32;

    private final ConvShape s;
    /** Floats of a row of a window. */
    private final int run;

    private Patches(ConvShape s) {
        this.s = s;
        run = s.kW() * s.inC();
    }

    /** Whether this class can compute a convolution; then it is the fastest way to. */
    static boolean computes(ConvShape s) {
        return Simd.BITS > 0
                && Convolution.tilesInput(s)
                && s.groups() == 1
                && s.kH() * s.kW() > 1
                && s.kW() * s.inC() >= COLUMNS
                && s.outC() >= COLUMNS
                && s.outW() >= PatchesSimd.ROWS;
    }

    /** As {@link ConvKernels.Forward}. */
    static void forward(
            Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s) {
        // a last panel that shares columns would do twice what becomes of them
        if (s.outC() % COLUMNS > 0) {
            DirectConvolution.forward(ws, y, x, w, bias, out, s);
            return;
        }
        Patches p = new Patches(s);
        int depth = s.kH() * p.run;
        int panels = panels(s.outC());
        float[] packed = ws.packing()
                .of(
                        Packing.Layout.of("patches", s),
                        panels * depth * COLUMNS,
                        target -> ws.parallel().run(panels, i -> {
                            int at = i * depth * COLUMNS;
                            Lanes.transpose(target, at, COLUMNS, w, at, depth, COLUMNS, depth);
                        }));
        float[] base = base(bias, s.outC(), 1);
        int rowLength = s.inW() * s.inC();
        p.run(ws, panels, (panel, row) -> {
            int first = column(panel, s.outC());
            int to = row * s.outW() * s.outC() + first;
            int from = row * s.kH() * rowLength;
            int at = panel * depth * COLUMNS;
            PatchesSimd.row(
                    y, to, s.outC(), x, from, p.run, s.kH(), p.run, rowLength, packed, at, base, first, out.low(),
                    s.outW());
            out.stored(y, to, s.outW(), s.outC(), COLUMNS);
        });
    }

    /** The gradient for x of {@link dev.aorta.backend.Backend#conv2dGrad}, plus the bias where there is one. */
    static void gradInput(Workspace ws, float[] dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s) {
        Patches p = new Patches(s);
        int depth = s.outC();
        int across = panels(p.run);
        float[] packed = ws.packing()
                .of(
                        Packing.Layout.of("patches back", s),
                        s.kH() * across * depth * COLUMNS,
                        target -> ws.parallel().run(s.kH() * across, i -> {
                            int from = i / across * p.run + column(i % across, p.run);
                            Lanes.copyRows(
                                    target, i * depth * COLUMNS, COLUMNS, w, from, s.kH() * p.run, depth, COLUMNS);
                        }));
        float[] base = base(bias, s.inC(), s.kW());
        dy.cut(
                ws,
                gradient -> p.run(ws, s.kH() * across, (panel, row) -> {
                    int first = column(panel % across, p.run);
                    PatchesSimd.row(
                            dx,
                            (row * s.kH() + panel / across) * s.inW() * s.inC() + first,
                            p.run,
                            gradient,
                            row * s.outW() * s.outC(),
                            s.outC(),
                            1,
                            depth,
                            0,
                            packed,
                            panel * depth * COLUMNS,
                            base,
                            first,
                            Float.NEGATIVE_INFINITY,
                            s.outW());
                }));
    }

    /** The gradients for w and b of {@link dev.aorta.backend.Backend#conv2dGrad}. */
    static void gradWeight(Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, float[] x, ConvShape s) {
        if ((long) s.weight().size() * s.output().rows() >= Tuning.PATCHES_PACKED) {
            WeightGradient.run(ws, dw, db, dy, x, s);
            return;
        }
        dy.cut(ws, gradient -> new Patches(s).gradWeight(ws, dw, gradient, x));
        if (db != null) {
            Reduce.biasGrad(ws.parallel(), db, dy.dy(), dy.mask(), s.batch() * s.outH() * s.outW(), s.outC());
        }
    }

    private void gradWeight(Workspace ws, float[] dw, float[] dy, float[] x) {
        int across = panels(run);
        int blocks = Math.ceilDiv(s.outC(), PatchesSimd.ROWS);
        int width = across * COLUMNS;
        int size = blocks * PatchesSimd.ROWS * s.kH() * width;
        int rows = s.batch() * s.outH();
        int spans = size <= Tuning.PATCH_SUMS ? Math.min(Tuning.TASKS, rows) : 1;
        int span = Math.ceilDiv(rows, spans);
        int bands = spans == 1 ? s.kH() * across : 1;
        float[] sums = Scratch.floats(Slot.SHARED_A, spans * size);
        ws.parallel().run(spans * bands, t -> {
            int part = t / bands;
            int first = part * span;
            int end = Math.min(rows, first + span);
            int panels = s.kH() * across / bands;
            for (int panel = t % bands * panels; panel < (t % bands + 1) * panels; panel++) {
                sums(sums, part * size, dy, x, panel, across, first, end);
            }
        });
        ws.parallel().run(s.outC(), o -> {
            int row = o / PatchesSimd.ROWS * PatchesSimd.ROWS;
            int inSums = row + o - Math.min(row, s.outC() - PatchesSimd.ROWS);
            for (int ky = 0; ky < s.kH(); ky++) {
                for (int panel = 0; panel < across; panel++) {
                    int to = (o * s.kH() + ky) * run + column(panel, run);
                    int from = (inSums * s.kH() + ky) * width + panel * COLUMNS;
                    System.arraycopy(sums, from, dw, to, COLUMNS);
                    for (int part = 1; part < spans; part++) {
                        Lanes.add(dw, to, dw, to, sums, part * size + from, COLUMNS);
                    }
                }
            }
        });
    }

    /** Sums a panel of dw over rows {@code first} to {@code end - 1} of dy. */
    private void sums(float[] sums, int at, float[] dy, float[] x, int panel, int across, int first, int end) {
        int width = across * COLUMNS;
        int ky = panel / across;
        int rowLength = s.inW() * s.inC();
        int step = s.kH() * width;
        int from = (first * s.kH() + ky) * rowLength + column(panel % across, run);
        for (int o = 0; o < s.outC(); o += PatchesSimd.ROWS) {
            int to = at + o * step + ky * width + panel % across * COLUMNS;
            for (int r = 0; r < PatchesSimd.ROWS; r++) {
                Arrays.fill(sums, to + r * step, to + r * step + COLUMNS, 0);
            }
            PatchesSimd.outer(
                    sums,
                    to,
                    step,
                    dy,
                    first * s.outW() * s.outC() + Math.min(o, s.outC() - PatchesSimd.ROWS),
                    s.outC(),
                    s.outW() * s.outC(),
                    x,
                    from,
                    run,
                    s.kH() * rowLength,
                    end - first,
                    s.outW());
        }
    }

    private static int panels(int columns) {
        return Math.ceilDiv(columns, COLUMNS);
    }

    /** The first column of a panel; the last panel begins earlier where it would reach too far. */
    private static int column(int panel, int columns) {
        return Math.min(panel * COLUMNS, columns - COLUMNS);
    }

    private static float[] base(float @Nullable [] bias, int channels, int times) {
        float[] base = Scratch.floats(Slot.SHARED_B, channels * times);
        for (int i = 0; i < times; i++) {
            for (int c = 0; c < channels; c++) {
                base[i * channels + c] = bias == null ? 0 : bias[c];
            }
        }
        return base;
    }

    private interface Row {
        void run(int panel, int row);
    }

    /** Runs all rows of y with all panels: a task has one panel and some rows. */
    private void run(Workspace ws, int panels, Row body) {
        int rows = s.batch() * s.outH();
        int chunks = Math.min(rows, Math.ceilDiv(TASKS, panels));
        int chunk = Math.ceilDiv(rows, chunks);
        ws.parallel().run(chunks * panels, t -> {
            int end = Math.min(rows, (t / panels + 1) * chunk);
            for (int row = t / panels * chunk; row < end; row++) {
                body.run(t % panels, row);
            }
        });
    }
}
