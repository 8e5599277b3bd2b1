package dev.aorta.backend.cpu.machine;

/** Ranges cut into pieces by a rule that does not know the number of threads. */
public final class Chunks {
    /** Elements in a piece: half of a common L2 cache for two operands, and long enough to hide the hand-over. */
    public static final int ELEMENTS = 1 << 15;
    /**
     * Floats between what two tasks write again and again: two cache lines, which processors fetch as a pair. Sums of one task
     * beside those of another took the bias gradient of two channels as long on two threads as on one.
     */
    public static final int APART = 32;

    /** Works on elements {@code from} to {@code to - 1}. */
    public interface Body {
        void run(int from, int to);
    }

    private Chunks() {}

    public static void run(Parallel p, int elements, Body body) {
        rows(p, elements, 1, body);
    }

    /** Cuts {@code rows} rows of {@code width} elements. */
    public static void rows(Parallel p, int rows, int width, Body body) {
        pieces(p, rows, rowsPerChunk(width), body);
    }

    /** Cuts {@code rows} rows into pieces of {@code step}, of which the last may be shorter. */
    public static void pieces(Parallel p, int rows, int step, Body body) {
        p.run(Math.ceilDiv(rows, step), i -> body.run(i * step, end(i * step, step, rows)));
    }

    /** Where a piece ends that begins at {@code from}; {@code from + step} may not be an int. */
    public static int end(int from, int step, int rows) {
        return from + Math.min(step, rows - from);
    }

    public static int count(int rows, int width) {
        return Math.ceilDiv(rows, rowsPerChunk(width));
    }

    public static int rowsPerChunk(int width) {
        return Math.max(1, ELEMENTS / Math.max(1, width));
    }
}
