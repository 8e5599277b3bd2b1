package dev.aorta.metric;

import dev.aorta.data.Batch;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Adds up batch by batch how good the outputs of a network are, and ends in named scores. One class is one metric: tables, curves
 * and reports go by the names. {@link Meters#of} combines several. Not thread-safe.
 *
 * <pre>{@code
 * final class BiasMeter implements Meter {
 *     private double sum;
 *     private long count;
 *
 *     public void add(Batch batch, Output output, double loss) {
 *         float[] y = output.get(Readout.NONE);
 *         for (int i = 0; i < y.length; i++) {
 *             sum += y[i] - batch.labels().array()[i];
 *         }
 *         count += y.length;
 *     }
 *
 *     public SequencedMap<String, Double> scores() {
 *         return new LinkedHashMap<>(Map.of("bias", sum / count));
 *     }
 * }
 * }</pre>
 */
public interface Meter {
    /** {@return what {@link #add} reads of the output, always the same; only that is copied to the host} */
    default List<Readout> readouts() {
        return List.of(Readout.NONE);
    }

    /**
     * Adds a batch.
     *
     * @param batch with the labels; not kept, for its arrays are reused
     * @param output of the network, in the order of the batch; not kept either
     * @param loss mean over the batch
     */
    void add(Batch batch, Output output, double loss);

    /**
     * The numbers added up so far, from which {@link #restore} goes on: what it takes to save a training in the middle of an epoch.
     * Null, as here, where a meter cannot say them; then trainings are saved between epochs only.
     *
     * @return the numbers in an order of the meter's own, or null
     */
    default double @Nullable [] state() {
        return null;
    }

    /**
     * Goes on from the numbers that {@link #state} gave, in place of what was added.
     *
     * @param state as {@link #state} gave it
     * @throws IllegalArgumentException when it is not of such a meter
     */
    default void restore(double[] state) {
        throw new UnsupportedOperationException("[metric] " + getClass().getName() + " has a state and no restore");
    }

    /** {@return the scores so far, always of the same names in the same order; NaN where they are not defined} */
    SequencedMap<String, Double> scores();
}
