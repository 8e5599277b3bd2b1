package dev.aorta.metric;

import dev.aorta.data.Batch;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Scores of numbers against labels of as many numbers, all pooled: the mean absolute error {@code mae}, the root of the mean
 * squared error {@code rmse}, and {@code r2 = 1 - sum (y - label)^2 / sum (label - mean label)^2}, NaN where all labels are equal.
 */
public final class RegressionMeter implements Meter {
    private long count;
    private double absolute;
    private double squared;
    private double mean; // of the labels
    private double spread; // sum of squares around it

    /** Makes a meter that has seen nothing. */
    public RegressionMeter() {}

    @Override
    public void add(Batch batch, Output output, double loss) {
        float[] y = output.get(Readout.NONE);
        float[] labels = batch.labels().array();
        if (y.length != labels.length) {
            throw new IllegalArgumentException("[metric] an output for each label "
                    + batch.labels().shape() + " was expected, got " + output.shape());
        }
        for (int i = 0; i < y.length; i++) {
            double error = y[i] - (double) labels[i];
            absolute += Math.abs(error);
            squared += error * error;
            count++;
            double before = labels[i] - mean;
            mean += before / count;
            spread += before * (labels[i] - mean); // Welford 1962
        }
    }

    @Override
    public double[] state() {
        return new double[] {count, absolute, squared, mean, spread};
    }

    @Override
    public void restore(double[] state) {
        Meters.requireState(state.length == 5, this);
        count = (long) state[0];
        absolute = state[1];
        squared = state[2];
        mean = state[3];
        spread = state[4];
    }

    @Override
    public SequencedMap<String, Double> scores() {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        scores.put("mae", absolute / count);
        scores.put("rmse", Math.sqrt(squared / count));
        scores.put("r2", spread == 0 ? Double.NaN : 1 - squared / spread);
        return scores;
    }
}
