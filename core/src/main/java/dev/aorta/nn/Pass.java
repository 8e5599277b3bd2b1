package dev.aorta.nn;

import dev.aorta.backend.CounterRandom;

/**
 * What one run through a network is for. Batch normalisation and dropout behave differently in training.
 *
 * @param training whether the run is part of training
 * @param seed of this run's dropout; each training step has its own
 */
public record Pass(boolean training, long seed) {
    /** A run that only predicts. */
    public static final Pass INFERENCE = new Pass(false, 0);

    /**
     * A training step.
     *
     * @param seed of the whole training
     * @param step counted from 0
     * @return the pass
     */
    public static Pass training(long seed, long step) {
        return new Pass(true, CounterRandom.bits(seed, step));
    }
}
