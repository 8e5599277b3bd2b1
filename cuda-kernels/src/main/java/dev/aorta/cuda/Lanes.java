package dev.aorta.cuda;

import dev.aorta.backend.ReduceShape;

/**
 * How a reduction is shared out over threads, see reduce.cuh. It follows from the shape alone, so a sum has the same order on every
 * GPU.
 *
 * @param count threads of a block that share an output, a power of 2
 * @param chunks parts of the length, each with its own states
 * @param blocks for the outputs
 */
record Lanes(int count, int chunks, int blocks) {
    private static final int ENOUGH_THREADS = 1 << 17;
    private static final int LEAST_STEPS = 4;
    private static final int LEAST_STEPS_OF_CHUNKS = 16; // a second launch costs as much
    private static final int MOST_CHUNKS = 1024;
    private static final int WARP = 32;

    static Lanes of(ReduceShape s) {
        boolean rows = s.inner() == 1;
        int width = (rows ? s.length() : s.inner()) % 8 == 0 ? 8 : 1;
        int outputs = rows ? s.outer() : s.outer() * (s.inner() / width);
        int steps = rows ? s.length() / width : s.length();
        int count = rows ? count(outputs, steps, WARP, Launcher.BLOCK) : columns(outputs, steps, width);
        long wanted = ENOUGH_THREADS / ((long) outputs * count);
        int chunks = Math.clamp(Math.min(wanted, steps / (count * LEAST_STEPS_OF_CHUNKS)), 1, MOST_CHUNKS);
        return new Lanes(count, chunks, blocks(outputs, count));
    }

    /** For the states of all chunks. */
    static Lanes ofChunks(int chunks, int outputs) {
        int count = columns(outputs, chunks, 1);
        return new Lanes(count, 1, blocks(outputs, count));
    }

    /** Beside each other in a block there are outputs enough for whole sectors of memory. */
    private static int columns(int outputs, int steps, int width) {
        int beside = Math.min(Columns.powerOf2(outputs), WARP / (width == 8 ? 4 : 1));
        return count(outputs, steps, 1, Launcher.BLOCK / beside);
    }

    private static int count(int outputs, int steps, int least, int most) {
        int count = 1;
        while (count < most
                && count * LEAST_STEPS < steps
                && (count < least || (long) outputs * count < ENOUGH_THREADS)) {
            count *= 2;
        }
        return count;
    }

    private static int blocks(int outputs, int count) {
        return Launcher.ceilDiv(outputs, Launcher.BLOCK / count);
    }
}
