package dev.aorta.backend.cpu.product;

import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Simd;

/** One tile of a product: straight into C where it fits whole, through a small copy at the edges. */
public final class Tile {
    /** Floats of the copy, enough for any kernel. */
    static final int EDGE = 14 * 32;

    private static final float[] NOTHING = new float[2 * Simd.LANES + 2];
    private static final int[] EDGE_ROWS = rows(32);
    private static final int[] WIDE_ROWS = rows(2 * MicroKernel.byColumns().lanes);
    private static final int[] NARROW_ROWS = rows(MicroKernel.byColumns().lanes);

    private static int[] rows(int step) {
        int[] rows = new int[14];
        for (int m = 0; m < rows.length; m++) {
            rows[m] = m * step;
        }
        return rows;
    }

    private Tile() {}

    /**
     * {@code c = base + a * b} for {@code rows x columns} of a tile, where base is a row of bias, or c itself.
     *
     * @param lanes columns that the kernel computes, one or two vectors
     */
    static void run(
            MicroKernel kernel,
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int depth,
            float[] c,
            int[] place,
            int placeAt,
            int rows,
            int column,
            int columns,
            int lanes,
            float[] bias,
            int biasAt,
            boolean accumulate,
            float low,
            float[] edge) {
        if (rows == kernel.rows && columns == lanes) {
            call(
                    kernel,
                    a,
                    aAt,
                    b,
                    bAt,
                    depth,
                    c,
                    place,
                    placeAt,
                    column,
                    lanes,
                    accumulate ? c : bias,
                    accumulate ? column : biasAt,
                    accumulate,
                    low);
            return;
        }
        if (accumulate) {
            for (int m = 0; m < rows; m++) {
                Lanes.copy(edge, EDGE_ROWS[m], c, place[placeAt + m] + column, columns);
            }
        }
        call(
                kernel,
                a,
                aAt,
                b,
                bAt,
                depth,
                edge,
                EDGE_ROWS,
                0,
                0,
                lanes,
                accumulate ? edge : bias,
                accumulate ? 0 : biasAt,
                accumulate,
                low);
        for (int m = 0; m < rows; m++) {
            Lanes.copy(c, place[placeAt + m] + column, edge, EDGE_ROWS[m], columns);
        }
    }

    /** {@code sums = a * b}, or added to them, where a tile of sums lies row after row. */
    public static void whole(
            MicroKernel kernel,
            float[] a,
            int aAt,
            float[] b,
            int depth,
            float[] sums,
            int at,
            int lanes,
            boolean accumulate) {
        int[] rows = lanes == kernel.lanes ? NARROW_ROWS : WIDE_ROWS;
        call(
                kernel,
                a,
                aAt,
                b,
                0,
                depth,
                sums,
                rows,
                0,
                at,
                lanes,
                accumulate ? sums : NOTHING,
                accumulate ? at : 0,
                accumulate,
                Float.NEGATIVE_INFINITY);
    }

    private static void call(
            MicroKernel kernel,
            float[] a,
            int aAt,
            float[] b,
            int bAt,
            int depth,
            float[] c,
            int[] place,
            int placeAt,
            int column,
            int lanes,
            float[] base,
            int baseAt,
            boolean accumulate,
            float low) {
        int mask = accumulate ? -1 : 0;
        if (lanes == kernel.lanes) {
            kernel.narrow(a, aAt, b, bAt, depth, c, place, placeAt, column, base, baseAt, mask, low);
        } else {
            kernel.wide(a, aAt, b, bAt, depth, c, place, placeAt, column, base, baseAt, mask, low);
        }
    }
}
