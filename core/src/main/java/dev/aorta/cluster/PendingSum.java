package dev.aorta.cluster;

/**
 * A sum over the processes of a group that is under way. Numbers go on the wire as soon as they are said to be ready, in whatever order
 * that is, and may be in another order in another process.
 *
 * <pre>{@code
 * PendingSum sum = group.begin(values);
 * ... // compute values[a] to values[b]
 * sum.ready(a, b);
 * ... // compute the others, while these travel
 * sum.await();
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
