package dev.aorta.train;

import java.io.IOException;

/**
 * Whoever takes part in a training beside the network. Callbacks are called in the order in which the trainer got them, on the
 * thread that trains; what one throws ends the training, an {@link IOException} as an {@link java.io.UncheckedIOException}.
 */
public interface Callback {
    /**
     * The numbers it remembers from epoch to epoch, which are saved with a training; none, as here, where it remembers
     * nothing.
     *
     * @return the numbers; where it remembers something, at least one also before a training
     */
    default double[] state() {
        return new double[0];
    }

    /**
     * Goes on from the numbers that {@link #state} gave; called after {@link #fitBegins}.
     *
     * @param state as {@link #state} gave it, not empty
     * @throws UnsupportedOperationException where a callback has a state and does not override this
     * @throws IllegalArgumentException when they are not of such a callback
     */
    default void restore(double[] state) {
        throw new UnsupportedOperationException("[train] " + getClass().getName() + " has a state and no restore");
    }

    /**
     * A training begins.
     *
     * @param fit the training under way
     * @throws IOException which ends the training
     */
    default void fitBegins(Fit fit) throws IOException {}

    /**
     * An epoch begins.
     *
     * @param fit the training under way; {@link Fit#epoch()} is the number of this epoch
     * @throws IOException which ends the training
     */
    default void epochBegins(Fit fit) throws IOException {}

    /**
     * A batch of the training was stepped on, or left out because of its loss.
     *
     * @param fit the training under way; {@link Fit#loss()} is the loss of this batch
     * @throws IOException which ends the training
     */
    default void batchEnds(Fit fit) throws IOException {}

    /**
     * An epoch was trained and validated; it is the last of {@link Fit#history()} already.
     *
     * @param fit the training under way
     * @param epoch scores of this epoch
     * @throws IOException which ends the training
     */
    default void epochEnds(Fit fit, EpochScores epoch) throws IOException {}

    /**
     * The training ends, also when it failed, and when not all callbacks have heard of its begin.
     *
     * @param fit the training under way
     * @throws IOException which is thrown by {@link Trainer#fit} when all callbacks have heard of the end
     */
    default void fitEnds(Fit fit) throws IOException {}
}
