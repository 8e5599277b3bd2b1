package dev.aorta.train;

import java.io.IOException;

/**
 * Whoever takes part in a training beside the network. Callbacks are called in the order in which the trainer got them, on the
 * thread that trains; what one throws ends the training, an {@link IOException} as an {@link java.io.UncheckedIOException}.
 */
public interface Callback {
    /** The numbers it remembers from epoch to epoch, which are saved with a training; none, as here, where it remembers nothing. */
    default double[] state() {
        return new double[0];
    }

    /**
     * Goes on from the numbers that {@link #state} gave; called after {@link #fitBegins}.
     *
     * @throws IllegalArgumentException when they are not of such a callback
     */
    default void restore(double[] state) {
        throw new UnsupportedOperationException("[train] " + getClass().getName() + " has a state and no restore");
    }

    /** A training begins. */
    default void fitBegins(Fit fit) throws IOException {}

    /** An epoch begins. */
    default void epochBegins(Fit fit) throws IOException {}

    /** A batch of the training was stepped on. */
    default void batchEnds(Fit fit) throws IOException {}

    /** An epoch was trained and validated; it is the last of {@link Fit#history()} already. */
    default void epochEnds(Fit fit, EpochScores epoch) throws IOException {}

    /** The training ends, also when it failed, and when not all callbacks have heard of its begin. */
    default void fitEnds(Fit fit) throws IOException {}
}
