package dev.aorta.cluster;

/**
 * A sum over the processes of a group that is under way. Numbers go on the wire as soon as they are said to be ready, in whatever order
 * that is, and may be in another order in another process.
 *
 * <pre>{@code
 * try (ProcessGroup group = ProcessGroup.fromEnvironment()) {
 *     float[] values = new float[2];
 *     PendingSum sum = group.begin(values);
 *     values[1] = 3;
 *     sum.ready(1, 2);
 *     values[0] = 4; // while the other travels
 *     sum.ready(0, 1);
 *     sum.await();
 * }
 * }</pre>
 *
 * <p>Not thread-safe: one thread at a time calls these methods.
 */
public interface PendingSum {
    /**
     * Says that numbers will not change any more; until {@link #await} has returned they must be neither read nor written. What fails on
     * the wire is thrown by that.
     *
     * @param from the first of the numbers
     * @param to one behind the last; each number is said to be ready once
     */
    void ready(int from, int to);

    /**
     * Waits until the array is the sum.
     *
     * @throws IllegalStateException when numbers were not said to be ready
     * @throws ClusterException when another process is gone, stalled or out of step
     */
    void await();
}
