package dev.aorta.nn;

import dev.aorta.backend.CounterRandom;
import org.jspecify.annotations.Nullable;

/**
 * What one run through a network is for. Batch normalisation and dropout behave differently in training.
 *
 * @param training whether the run is part of training
 * @param dropout whether dropout and stochastic depth drop
 * @param seed of this run's dropout; each training step has its own
 * @param shard that it is of, where batch normalisation takes the statistics of all shards of a batch, or null
 */
public record Pass(
        boolean training,
        boolean dropout,
        long seed,
        @Nullable Shard shard) {
    /** A run that only predicts. */
    public static final Pass INFERENCE = new Pass(false, false, 0, null);

    /**
     * A training step.
     *
     * @param seed of the whole training
     * @param step counted from 0
     * @return the pass
     */
    public static Pass training(long seed, long step) {
        return new Pass(true, true, CounterRandom.bits(seed, step), null);
    }

    /**
     * The same for a shard of a batch, whose statistics are then those of the whole batch.
     *
     * @param of of the batch, or null for what is computed by itself
     * @return the pass
     */
    public Pass in(@Nullable Shard of) {
        return new Pass(training, dropout, seed, of);
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
        return new Pass(false, true, CounterRandom.bits(seed, sample), null);
    }
}
