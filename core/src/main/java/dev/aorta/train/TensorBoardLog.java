package dev.aorta.train;

import dev.aorta.io.EventFile;
import dev.aorta.metric.Scores;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Curves of a training for TensorBoard: each score as {@code NAME/train} and {@code NAME/validation}, and {@code learning_rate}. */
public final class TensorBoardLog implements Callback {
    private final Path folder;
    private @Nullable EventFile events;

    /**
     * Writes each training to an {@link EventFile} of its own in a folder.
     *
     * @param folder must exist
     */
    public TensorBoardLog(Path folder) {
        this.folder = folder;
    }

    @Override
    public void fitBegins(Fit fit) throws IOException {
        events = EventFile.create(folder, InstantSource.system());
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) throws IOException {
        EventFile file = Objects.requireNonNull(events);
        write(file, "/train", epoch.epoch(), epoch.training());
        if (epoch.validation() != null) {
            write(file, "/validation", epoch.epoch(), epoch.validation());
        }
        file.scalar("learning_rate", epoch.epoch(), epoch.rate());
        file.flush();
    }

    @Override
    public void fitEnds(Fit fit) throws IOException {
        if (events != null) {
            events.close();
            events = null;
        }
    }

    private static void write(EventFile file, String of, int epoch, Scores scores) throws IOException {
        for (var score : scores.values().entrySet()) {
            file.scalar(score.getKey() + of, epoch, score.getValue());
        }
    }
}
