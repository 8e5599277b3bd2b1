package dev.aorta.train;

import dev.aorta.io.Checkpoint;
import dev.aorta.nn.Layer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Saves the network of each epoch that is the best so far; of the trainings of one callback together. */
public final class BestCheckpoint implements Callback {
    private final Best best;
    private final Saver saver;

    /** How a network is saved. */
    @FunctionalInterface
    public interface Saver {
        /**
         * Saves the network of an epoch in place of the one before.
         *
         * @param network on the first device; left as it is
         * @param epoch scores of the epoch
         * @throws IOException which ends the training
         */
        void save(Layer network, EpochScores epoch) throws IOException;
    }

    /**
     * Saves the parameters, as {@link Checkpoint#save} does.
     *
     * @param monitor the score by which epochs are compared
     * @param file replaced by each better epoch
     */
    public BestCheckpoint(Monitor monitor, Path file) {
        this(monitor, (network, epoch) -> Checkpoint.save(file, network.parameters(), Map.of()));
    }

    /**
     * Saves in a way of your own.
     *
     * @param monitor the score by which epochs are compared
     * @param saver called by each better epoch
     */
    public BestCheckpoint(Monitor monitor, Saver saver) {
        best = new Best(monitor);
        this.saver = saver;
    }

    @Override
    public double[] state() {
        return best.state();
    }

    @Override
    public void restore(double[] state) {
        best.restore(state);
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) throws IOException {
        if (best.offer(epoch)) {
            saver.save(fit.network(), epoch);
        }
    }
}
