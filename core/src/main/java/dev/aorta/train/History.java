package dev.aorta.train;

import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a training came to.
 *
 * @param epochs of this {@link Trainer#fit}, in their order
 * @param stoppedBecause the reason of a callback that stopped it early; null where none did
 */
public record History(List<EpochScores> epochs, @Nullable String stoppedBecause) {
    /** Makes a history; the list is copied. */
    public History {
        epochs = List.copyOf(epochs);
    }

    /**
     * The best epoch, the first of equal ones.
     *
     * @param monitor the score by which epochs are compared
     * @return scores of that epoch
     * @throws IllegalArgumentException when there is no score of that name
     * @throws java.util.NoSuchElementException when there was none
     */
    public EpochScores best(Monitor monitor) {
        return epochs.stream().min(Comparator.comparingDouble(monitor::cost)).orElseThrow();
    }
}
