package dev.aorta.train;

import java.io.IOException;
import java.nio.file.Path;

/** Saves after each epoch all that it takes to go on: a {@link TrainingState}. */
public final class LastCheckpoint implements Callback {
    private final Path file;

    /** Saves to a file, which is replaced after each epoch. */
    public LastCheckpoint(Path file) {
        this.file = file;
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) throws IOException {
        TrainingState.save(file, fit.network(), fit.optimizer(), epoch.epoch());
    }
}
