package dev.aorta.serve;

import java.time.Duration;

/**
 * How requests become batches.
 *
 * @param most samples in a batch, at least 1
 * @param delay how long the first request of a batch waits for others; 0 takes what is there
 * @param queue requests that may wait, at least 1; more are refused with 429
 */
public record Batching(int most, Duration delay, int queue) {
    /** At most 8 samples, which wait 2 ms, and 64 requests in the queue. */
    public static final Batching DEFAULT = new Batching(8, Duration.ofMillis(2), 64);

    /** Checks the numbers. */
    public Batching {
        if (most < 1 || queue < 1 || delay.isNegative()) {
            throw new IllegalArgumentException(
                    "[serve] a batch needs 1 sample or more, a queue of 1 or more and a wait of 0" + " or more, got "
                            + most + ", " + queue + " and " + delay);
        }
    }
}
