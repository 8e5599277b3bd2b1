package dev.aorta.metric;

import java.util.Arrays;

/** Counts of decisions between several classes, by label and prediction. Not thread-safe. */
public final class ConfusionMatrix {
    private final int classes;
    private final long[] counts; // (label, predicted)

    /**
     * An empty matrix.
     *
     * @param classes at least 2
     */
    public ConfusionMatrix(int classes) {
        if (classes < 2) {
            throw new IllegalArgumentException("[metric] a decision is between at least 2 classes, got " + classes);
        }
        this.classes = classes;
        counts = new long[Math.multiplyExact(classes, classes)];
    }

    /** {@return the number of classes} */
    public int classes() {
        return classes;
    }

    /**
     * How often {@code label} was taken for {@code predicted}.
     *
     * @param label class that was right
     * @param predicted class that was said
     * @return the number of elements
     */
    public long count(int label, int predicted) {
        return counts[label * classes + predicted];
    }

    /**
     * Counts a run of elements.
     *
     * @param predicted class of each element
     * @param labels class of each element
     * @param from first element
     * @param to after the last element
     * @throws IllegalArgumentException when one is not a class
     */
    public void add(float[] predicted, float[] labels, int from, int to) {
        for (int i = from; i < to; i++) {
            int p = (int) predicted[i];
            int l = (int) labels[i];
            if (p < 0 || p >= classes || l < 0 || l >= classes || p != predicted[i] || l != labels[i]) {
                throw new IllegalArgumentException("[metric] element " + i + " is predicted " + predicted[i]
                        + " and labelled " + labels[i] + "; expected classes from 0 to " + (classes - 1));
            }
            counts[l * classes + p]++;
        }
    }

    /**
     * Adds the counts of another matrix of as many classes.
     *
     * @param other left as it is
     */
    public void add(ConfusionMatrix other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    /** All counts, row by row; exact below 2^53. */
    double[] state() {
        return Arrays.stream(counts).asDoubleStream().toArray();
    }

    void restore(double[] state) {
        Meters.requireState(state.length == counts.length, this);
        Arrays.setAll(counts, i -> (long) state[i]);
    }

    /** Sets all counts to 0. */
    public void clear() {
        Arrays.fill(counts, 0);
    }

    /**
     * The decisions about one class.
     *
     * @param positive the class in question
     * @return counts of this class against the rest
     */
    public Confusion of(int positive) {
        long tp = count(positive, positive);
        long labelled = 0;
        long predicted = 0;
        for (int c = 0; c < classes; c++) {
            labelled += count(positive, c);
            predicted += count(c, positive);
        }
        return new Confusion(tp, predicted - tp, labelled - tp, total() - labelled - predicted + tp);
    }

    /** {@return the share of right decisions; NaN without any} */
    public double accuracy() {
        long right = 0;
        for (int c = 0; c < classes; c++) {
            right += count(c, c);
        }
        return right / (double) total();
    }

    private long total() {
        return Arrays.stream(counts).sum();
    }
}
