package dev.aorta.train;

import dev.aorta.metric.Scores;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one epoch came to.
 *
 * @param epoch counted from 1
 * @param rate learning rate after the epoch
 * @param training scores on the training data, as the network changed
 * @param validation scores after the epoch, or null where nothing is validated on
 */
public record EpochScores(
        int epoch, double rate, Scores training, @Nullable Scores validation) {
    /**
     * {@return the scores that say how good the network is: those of the validation, or of the training where there is
     * none}
     */
    public Scores judged() {
        return Objects.requireNonNullElse(validation, training);
    }
}
