package dev.aorta.backend.cpu;

/** One tile of a product: straight into C where it fits whole, through a small copy at the edges. */
final class Tile {
    /** Floats of the copy, enough for any kernel. */
    static final int EDGE = 14 * 32;

    private static final int[] EDGE_ROWS = new int[14];

    static {
        for (int m = 0; m < EDGE_ROWS.length; m++) {
            EDGE_ROWS[m] = m * 32;
        }
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
