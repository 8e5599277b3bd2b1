package dev.aorta.cuda;

/**
 * How {@code column_sums} in aorta.cuh is laid out: sums over rows, one for each column, in every segment. It follows from the
 * shape alone, so a sum has the same order on every GPU.
 *
 * @param threadsX threads of a block along the columns
 * @param threadsY rows of a block that are added side by side
 * @param blocksX blocks along the columns
 * @param chunks parts of the rows, each with its own partial sums
 */
record Columns(int threadsX, int threadsY, int blocksX, int chunks) {
    private static final int ENOUGH_BLOCKS = 512;
    private static final int LEAST_ROWS_A_THREAD = 4;
    private static final int MOST_THREADS_X = 32;

    /** Columns that a thread adds up in the kernels that take 8 where that divides the channels. */
    static int aThread(int channels) {
        return channels % 8 == 0 ? 8 : 1;
    }

    /** @param aThread columns of a thread, a divisor of {@code columns} */
    static Columns of(int rows, int columns, int segments, int aThread) {
        int runs = columns / aThread;
        int x = Math.min(MOST_THREADS_X, powerOf2(runs));
        int y = Launcher.BLOCK / x;
        int blocks = Launcher.ceilDiv(runs, x);
        int wanted = ENOUGH_BLOCKS / Math.max(1, blocks * Math.min(segments, ENOUGH_BLOCKS));
        int sensible = Launcher.ceilDiv(rows, y * LEAST_ROWS_A_THREAD);
        return new Columns(x, y, blocks, Math.clamp(wanted, 1, sensible));
    }

    /** The smallest power of 2 that is not below n, and at most 256. */
    static int powerOf2(int n) {
        return Integer.highestOneBit(2 * Math.min(n, Launcher.BLOCK) - 1);
    }

    void run(Launcher launcher, int segments) {
        launcher.run(blocksX, chunks, segments, threadsX, threadsY);
    }
}
