package dev.aorta.metric;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * How good a network is on a set of samples.
 *
 * @param samples number of them
 * @param values scores by name in a fixed order, the loss first; NaN where one is not defined; unmodifiable
 */
public record Scores(long samples, SequencedMap<String, Double> values) {
    /** Name of the mean loss. */
    public static final String LOSS = "loss";

    /** Makes scores; the map is copied. */
    public Scores {
        values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
    }

    /**
     * The loss and what a meter has come to.
     *
     * @param samples that were scored
     * @param loss mean over the samples
     * @param meter that has seen them
     * @return the loss, then the meter's scores
     * @throws IllegalArgumentException when the meter has a score called loss
     */
    public static Scores of(long samples, double loss, Meter meter) {
        SequencedMap<String, Double> all = new LinkedHashMap<>();
        all.put(LOSS, loss);
        meter.scores().forEach((name, score) -> {
            if (all.put(name, score) != null) {
                throw new IllegalArgumentException("[metric] a meter must not call a score '" + LOSS
                        + "', which is the mean loss: name it otherwise");
            }
        });
        return new Scores(samples, all);
    }

    /**
     * One score.
     *
     * @param name as the meter gives it, or {@link #LOSS}
     * @return the score; NaN where it is not defined
     * @throws IllegalArgumentException when there is none of that name
     */
    public double get(String name) {
        Double score = values.get(name);
        if (score == null) {
            throw new IllegalArgumentException(
                    "[metric] there is no score '" + name + "'; there are " + String.join(", ", values.keySet()));
        }
        return score;
    }
}
