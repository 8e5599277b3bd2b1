package dev.aorta.backend.cpu.machine;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of the results of a convolution before they leave the caches: bounds, which a kernel applies to a vector as it stores it,
 * or a pass over what a task has stored.
 *
 * @param low lower bound, which every kernel applies
 * @param high upper bound
 * @param rest what else is done to runs of results, or null for nothing
 */
public record WayOut(float low, float high, @Nullable Rest rest) {
    /** Nothing is done. */
    public static final WayOut PLAIN = new WayOut(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, null);
    /** {@code max(y, 0)}. */
    public static final WayOut RELU = new WayOut(0, Float.POSITIVE_INFINITY, null);

    /** A pass over results that are complete. */
    public interface Rest {
        /** Results {@code at} to {@code at + width - 1} of y. */
        void run(float[] y, int at, int width);
    }

    /** Ends n runs of {@code width} results, {@code step} apart, that a kernel has stored with both bounds applied. */
    public void bounded(float[] y, int at, int n, int step, int width) {
        if (rest != null) {
            for (int i = 0; i < n; i++) {
                rest.run(y, at + i * step, width);
            }
        }
    }

    /** As {@link #bounded}, of a kernel that has applied the lower bound alone. */
    public void stored(float[] y, int at, int n, int step, int width) {
        for (int i = 0; high < Float.POSITIVE_INFINITY && i < n; i++) {
            Lanes.atMost(y, at + i * step, high, width);
        }
        bounded(y, at, n, step, width);
    }
}
