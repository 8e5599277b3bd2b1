package dev.aorta.metric;

import dev.aorta.data.Batch;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * How often the label is among the k largest of logits (N, .., classes): {@code top5} for k = 5. Of equal logits the first is the
 * larger, as for argmax; a label whose logit is NaN is not found.
 */
public final class TopKMeter implements Meter {
    private final int k;
    private long found;
    private long count;

    /**
     * Makes an empty meter.
     *
     * @param k at least 1, below the number of classes
     */
    public TopKMeter(int k) {
        if (k < 1) {
            throw new IllegalArgumentException("[metric] top k needs k of at least 1, got " + k);
        }
        this.k = k;
    }

    @Override
    public void add(Batch batch, Output output, double loss) {
        int classes = output.shape().dim(-1);
        Logits.require(output, batch, classes);
        if (k >= classes) {
            throw new IllegalArgumentException(
                    "[metric] every label is among the top " + k + " of " + classes + " classes: take a smaller k");
        }
        float[] logits = output.get(Readout.NONE);
        int rows = logits.length / classes;
        for (int row = 0; row < rows; row++) {
            found += larger(logits, row * classes, classes, Logits.label(batch, row, classes)) < k ? 1 : 0;
        }
        count += rows;
    }

    @Override
    public double[] state() {
        return new double[] {found, count};
    }

    @Override
    public void restore(double[] state) {
        Meters.requireState(state.length == 2, this);
        found = (long) state[0];
        count = (long) state[1];
    }

    @Override
    public SequencedMap<String, Double> scores() {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        scores.put("top" + k, found / (double) count);
        return scores;
    }

    /** How many logits of a row come before that of the label. */
    private static int larger(float[] logits, int at, int classes, int label) {
        float own = logits[at + label];
        int larger = 0;
        for (int c = 0; c < classes; c++) {
            boolean behind = logits[at + c] < own || (logits[at + c] == own && c >= label);
            larger += behind ? 0 : 1;
        }
        return larger;
    }
}
