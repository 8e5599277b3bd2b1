package dev.aorta.backend.cpu.product;

import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Matrix product on packed operands: B is packed whole, A by blocks of rows that stay in the L2 cache, and a tile of C is
 * summed in registers.
 *
 * @see <a href="https://doi.org/10.1145/1356052.1356053">Goto and van de Geijn 2008: Anatomy of high-performance matrix
 *     multiplication</a>
 */
public final class Product {
    private static final MicroKernel KERNEL = MicroKernel.byRows();

    /** Columns of the copy of a tile. */
    private static final int EDGE_WIDTH = 2 * KERNEL.lanes;

    private static final int[] EDGE_ROWS = KERNEL.rows(EDGE_WIDTH);
    /** Where the rows of a block begin in C, for each thread. */
    private static final ThreadLocal<int[]> PLACES =
            ThreadLocal.withInitial(() -> new int[Tuning.ROW_TILES * KERNEL.rows]);

    private final float[] c;
    private final Rows a;
    private final float[] base;
    private final Panels panels;
    private final int[] segmentPlace;
    private final WayOut out;
    private final int blockDepth;

    private Product(float[] c, Rows a, float[] base, Panels panels, int[] segmentPlace, WayOut out, int blockDepth) {
        this.c = c;
        this.a = a;
        this.base = base;
        this.panels = panels;
        this.segmentPlace = segmentPlace;
        this.out = out;
        this.blockDepth = blockDepth;
    }

    /**
     * {@code c = a * b + bias} and what becomes of it; segment s of the columns begins {@code segmentPlace[s]} after the place
     * of its row.
     *
     * @param layout of b as it is packed, which may stay in the workspace's packing
     * @param bias one for each column of a segment, or null
     */
    public static void run(
            Workspace ws,
            float[] c,
            Rows a,
            Weights b,
            Packing.Layout layout,
            int[] segmentPlace,
            int columns,
            float @Nullable [] bias,
            WayOut out) {
        Panels panels = new Panels(segmentPlace.length, columns, KERNEL.lanes);
        int depth = a.depth();
        int blockDepth = blockDepth(depth);
        int blocks = Math.max(1, Math.ceilDiv(depth, blockDepth));
        Parallel parallel = ws.parallel();
        float[] packed = ws.packing()
                .of(
                        layout,
                        depth * panels.width,
                        target -> parallel.run(panels.count * blocks, i -> {
                            pack(
                                    target,
                                    b,
                                    0,
                                    panels,
                                    i % panels.count,
                                    i / panels.count * blockDepth,
                                    depth,
                                    blockDepth);
                        }));
        float[] base = Scratch.floats(Slot.SHARED_B, panels.width);
        Arrays.fill(base, 0, panels.width, 0);
        if (bias != null) {
            for (int p = 0; p < panels.count; p++) {
                System.arraycopy(bias, panels.first[p], base, panels.at[p], panels.columns[p]);
            }
        }
        Product product = new Product(c, a, base, panels, segmentPlace, out, blockDepth);
        int tiles = Math.ceilDiv(a.count(), KERNEL.rows);
        // few rows: each task takes all of them, so that B is read once
        boolean byColumns = panels.count >= Tuning.TASKS && tiles <= Tuning.ROW_TILES;
        int tilesPerTask = byColumns ? tiles : Math.clamp(Math.ceilDiv(tiles, Tuning.TASKS), 1, Tuning.ROW_TILES);
        int rowTasks = Math.ceilDiv(tiles, tilesPerTask);
        int columnTasks = Math.min(
                panels.count,
                Math.max(
                        Math.ceilDiv(panels.count, Tuning.PANELS),
                        Math.ceilDiv(byColumns ? Tuning.TASKS / 2 : Tuning.TASKS, rowTasks)));
        int panelsPerTask = Math.ceilDiv(panels.count, columnTasks);
        parallel.run(rowTasks * columnTasks, i -> {
            int row = i / columnTasks * tilesPerTask * KERNEL.rows;
            int panel = i % columnTasks * panelsPerTask;
            product.block(
                    packed,
                    row,
                    Chunks.end(row, tilesPerTask * KERNEL.rows, a.count()),
                    panel,
                    Math.min(panels.count, panel + panelsPerTask),
                    byColumns);
        });
    }

    /**
     * Products of a batch, which tasks divide: those of {@code height} rows of a each, with the right factor of the first and others
     * {@code step} further each.
     */
    static void batch(Parallel parallel, float[] c, Rows a, int height, Weights b, int step, int columns) {
        Panels panels = new Panels(1, columns, KERNEL.lanes);
        int depth = a.depth();
        int blockDepth = blockDepth(depth);
        float[] base = Scratch.floats(Slot.SHARED_B, panels.width);
        Arrays.fill(base, 0, panels.width, 0);
        Product product = new Product(c, a, base, panels, new int[1], WayOut.PLAIN, blockDepth);
        long work = (long) height * columns * depth;
        int width = Math.clamp(work * Chunks.ELEMENTS / Tuning.BATCH_TASK, 1, Chunks.ELEMENTS);
        Chunks.rows(parallel, a.count() / height, width, (from, to) -> {
            float[] packed = Scratch.floats(Slot.TASK_C, depth * panels.width);
            for (int i = from; i < to; i++) {
                for (int k0 = 0; k0 < depth; k0 += blockDepth) {
                    for (int panel = 0; panel < panels.count; panel++) {
                        pack(packed, b, i * step, panels, panel, k0, depth, blockDepth);
                    }
                }
                for (int r = 0; r < height; r += Tuning.ROW_TILES * KERNEL.rows) {
                    int end = Math.min(height, r + Tuning.ROW_TILES * KERNEL.rows);
                    product.block(packed, i * height + r, i * height + end, 0, panels.count, false);
                }
            }
        });
    }

    /** Columns of A in a block: all blocks as even as they can be. */
    private static int blockDepth(int depth) {
        return Math.max(1, Math.ceilDiv(depth, Math.max(1, Math.ceilDiv(depth, Tuning.DEPTH))));
    }

    private static void pack(
            float[] packed, Weights b, int shift, Panels panels, int panel, int k0, int depth, int blockDepth) {
        int k1 = Math.min(depth, k0 + blockDepth);
        b.pack(packed, k0 * panels.width + panels.at[panel] * (k1 - k0), shift, panels, panel, k0, k1);
    }

    /** @param byColumns whether all rows are packed at once, so that a panel is read once for all of them */
    private void block(float[] packed, int row0, int row1, int panel0, int panel1, boolean byColumns) {
        int height = KERNEL.rows;
        int rows = row1 - row0;
        int depth = a.depth();
        float[] left = Scratch.floats(Slot.TASK_A, Tuning.ROW_TILES * height * MicroKernel.ROW_STRIDE);
        int[] places = PLACES.get();
        a.places(places, row0, rows);
        int k0 = 0;
        do {
            int k1 = Math.min(depth, k0 + blockDepth);
            int atOnce = byColumns || k1 - k0 <= Tuning.SHALLOW ? rows : height;
            float low = k1 == depth ? out.low() : Float.NEGATIVE_INFINITY;
            for (int first = 0; first < rows; first += atOnce) {
                int end = Math.min(rows, first + atOnce);
                a.pack(left, row0 + first, end - first, k0, k1);
                for (int p = panel0; p < panel1; p++) {
                    for (int r = first; r < end; r += height) {
                        int leftAt = (r - first) * MicroKernel.ROW_STRIDE;
                        tile(packed, p, places, r, Math.min(height, rows - r), left, leftAt, k0, k1, low);
                    }
                }
            }
            k0 = k1;
        } while (k0 < depth);
        for (int p = panel0; p < panel1; p++) {
            for (int r = 0; r < rows; r++) {
                out.stored(c, places[r] + segmentPlace[panels.segment[p]] + panels.first[p], 1, 0, panels.columns[p]);
            }
        }
    }

    /** A tile of a panel, from columns {@code k0} to {@code k1 - 1} of A: straight into C where it fits whole, through a copy at the edges. */
    private void tile(
            float[] packed,
            int panel,
            int[] places,
            int placeAt,
            int rows,
            float[] left,
            int leftAt,
            int k0,
            int k1,
            float low) {
        int at = k0 * panels.width + panels.at[panel] * (k1 - k0);
        int column = segmentPlace[panels.segment[panel]] + panels.first[panel];
        int columns = panels.columns[panel];
        int lanes = panels.lanes[panel];
        boolean add = k0 > 0;
        if (rows == KERNEL.rows && columns == lanes) {
            float[] start = add ? c : base;
            int startAt = add ? column : panels.at[panel];
            KERNEL.run(left, leftAt, packed, at, k1 - k0, c, places, placeAt, column, lanes, start, startAt, add, low);
            return;
        }
        float[] edge = Scratch.floats(Slot.TASK_B, EDGE_ROWS.length * EDGE_WIDTH);
        if (add) {
            for (int m = 0; m < rows; m++) {
                Lanes.copy(edge, EDGE_ROWS[m], c, places[placeAt + m] + column, columns);
            }
        }
        float[] start = add ? edge : base;
        int startAt = add ? 0 : panels.at[panel];
        KERNEL.run(left, leftAt, packed, at, k1 - k0, edge, EDGE_ROWS, 0, 0, lanes, start, startAt, add, low);
        for (int m = 0; m < rows; m++) {
            Lanes.copy(c, places[placeAt + m] + column, edge, EDGE_ROWS[m], columns);
        }
    }
}
