package dev.aorta.nn;

import dev.aorta.backend.CounterRandom;

/**
 * What one run through a network is for. Batch normalisation and dropout behave differently in training.
 *
 * @param training whether the run is part of training
 * @param dropout whether dropout and stochastic depth drop
 * @param seed of this run's dropout; each training step has its own
 */
public record Pass(boolean training, boolean dropout, long seed) {
    /** A run that only predicts. */
    public static final Pass INFERENCE = new Pass(false, false, 0);

    /**
     * A training step.
     *
     * @param seed of the whole training
     * @param step counted from 0
     * @return the pass
     */
    public static Pass training(long seed, long step) {
        return new Pass(true, true, CounterRandom.bits(seed, step));
    }

    /**
     * A prediction with dropout, one of many whose spread says how sure a network is; all else is as in {@link #INFERENCE}.
     *
     * @param seed of all samples
     * @param sample counted from 0
     * @return the pass
     * @see <a href="https://arxiv.org/abs/1506.02142">Gal and Ghahramani 2016: Dropout as a Bayesian approximation</a>
     */
    public static Pass monteCarlo(long seed, long sample) {
        return new Pass(false, true, CounterRandom.bits(seed, sample));
    }
}
