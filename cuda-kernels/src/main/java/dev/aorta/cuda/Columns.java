package dev.aorta.cuda;

/**
 * How {@code column_sums} in aorta.cuh is laid out: sums over rows, one for each column, in every segment. It follows from the
 * shape alone, so a sum has the same order on every GPU.
 *
 * @param threadsX columns of a block
 * @param threadsY rows of a block that are added side by side
 * @param blocksX blocks along the columns
 * @param chunks parts of the rows, each with its own partial sums
 */
record Columns(int threadsX, int threadsY, int blocksX, int chunks) {
    private static final int ENOUGH_BLOCKS = 512;
    private static final int LEAST_ROWS_A_THREAD = 8;

    static Columns of(int rows, int columns, int segments) {
        int x = Math.min(32, Integer.highestOneBit(2 * columns - 1));
        int y = Launcher.BLOCK / x;
        int blocks = Launcher.ceilDiv(columns, x);
        int wanted = ENOUGH_BLOCKS / Math.max(1, blocks * Math.min(segments, ENOUGH_BLOCKS));
        int sensible = Launcher.ceilDiv(rows, y * LEAST_ROWS_A_THREAD);
        return new Columns(x, y, blocks, Math.clamp(wanted, 1, sensible));
    }

    void run(Launcher launcher, int segments) {
        launcher.run(blocksX, chunks, segments, threadsX, threadsY);
    }
}
