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
        /** Saves a network in place of the one before. */
        void save(Layer network) throws IOException;
    }

    /** Saves the parameters, as {@link Checkpoint#save} does. */
    public BestCheckpoint(Monitor monitor, Path file) {
        this(monitor, network -> Checkpoint.save(file, network.parameters(), Map.of()));
    }

    /** Saves in a way of your own. */
    public BestCheckpoint(Monitor monitor, Saver saver) {
        best = new Best(monitor);
        this.saver = saver;
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) throws IOException {
        if (best.offer(epoch)) {
            saver.save(fit.network());
        }
    }
}
