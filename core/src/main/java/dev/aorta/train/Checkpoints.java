package dev.aorta.train;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where, when and with what a {@link Trainer} saves its training: after each epoch, in between whenever some time has passed, and
 * when it is interrupted. A file {@code epoch-12.safetensors} holds the training after 12 epochs, {@code
 * epoch-12-batch-57.safetensors} after 57 batches more.
 *
 * @param folder made if it is not there; one training at a time
 * @param keep how many of the last files are kept, at least 1
 * @param best the score by which the file of the best epoch is kept too, or null
 * @param every time between files within an epoch
 * @param facts which must be the same when the training goes on, by name: a configuration, digests of data
 */
public record Checkpoints(Path folder, int keep, @Nullable Monitor best, Duration every, Map<String, String> facts) {
    /**
     * Makes the settings; the map is copied.
     *
     * @throws IllegalArgumentException when fewer than 1 are kept
     */
    public Checkpoints {
        if (keep < 1) {
            throw new IllegalArgumentException("[train] checkpoints to keep must be at least 1, got " + keep);
        }
        facts = Map.copyOf(facts);
    }

    /**
     * The last two in a folder, and one each ten minutes within an epoch.
     *
     * @param folder made if it is not there
     * @return settings without a best epoch and without facts
     */
    public static Checkpoints in(Path folder) {
        return new Checkpoints(folder, 2, null, Duration.ofMinutes(10), Map.of());
    }

    /**
     * Keeps more or fewer of the last files.
     *
     * @param last how many, at least 1
     * @return a copy of the settings with this one changed
     * @throws IllegalArgumentException when it is below 1
     */
    public Checkpoints keep(int last) {
        return new Checkpoints(folder, last, best, every, facts);
    }

    /**
     * Keeps the file of the best epoch beside the last ones.
     *
     * @param by the score by which epochs are compared
     * @return a copy of the settings with this one changed
     */
    public Checkpoints keepBest(Monitor by) {
        return new Checkpoints(folder, keep, by, every, facts);
    }

    /**
     * Saves more or less often within an epoch.
     *
     * @param time between two files; zero saves after each batch
     * @return a copy of the settings with this one changed
     */
    public Checkpoints every(Duration time) {
        return new Checkpoints(folder, keep, best, time, facts);
    }

    /**
     * Says what must be the same when the training goes on, in place of what was said before.
     *
     * @param same values by their names; copied
     * @return a copy of the settings with this one changed
     */
    public Checkpoints facts(Map<String, String> same) {
        return new Checkpoints(folder, keep, best, every, same);
    }
}
