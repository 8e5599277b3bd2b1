package dev.aorta.metric;

import dev.aorta.data.Batch;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * Area under the ROC curve, {@code roc_auc}: the probability that a positive is scored above a negative, ties counting half. Of
 * logits (N, .., 2) or (N, .., 1) against labels 0 and 1 the positive is class 1; of more classes it is the mean over the classes,
 * each against the rest by its log odds {@code x_c - log sum of the others' exp}. A class that all or no labels have is left out;
 * NaN when none is left, or when a logit was NaN. Keeps 8 bytes for each label and class.
 *
 * @see <a href="https://doi.org/10.1023/A:1010920819831">Hand and Till 2001</a>, who score pairs of classes; this is the mean of
 *     one against the rest, as in scikit-learn's {@code multi_class="ovr"}
 */
public final class RocAucMeter implements Meter {
    private long[][] scored = {}; // of each class: sortable score, and in the lowest bit whether it is positive
    private int count;
    private boolean undefined;

    /** Makes a meter that has seen nothing. */
    public RocAucMeter() {}

    @Override
    public void add(Batch batch, Output output, double loss) {
        int columns = output.shape().dim(-1);
        Logits.require(output, batch, columns);
        float[] logits = output.get(Readout.NONE);
        int rows = logits.length / columns;
        makeRoom(columns == 2 ? 1 : columns, rows);
        double[] odds = new double[columns];
        for (int row = 0; row < rows; row++) {
            int label = Logits.label(batch, row, Math.max(2, columns));
            if (columns <= 2) {
                double x = logits[row * columns + columns - 1];
                put(0, columns == 1 ? x : x - logits[row * columns], label == 1);
            } else {
                logOdds(logits, row * columns, odds);
                for (int c = 0; c < columns; c++) {
                    put(c, odds[c], label == c);
                }
            }
            count++;
        }
    }

    /** {@return curves, whether a logit was NaN, then the sortable scores of each curve, which have 33 bits} */
    @Override
    public double[] state() {
        double[] state = new double[Math.addExact(2, Math.multiplyExact(scored.length, count))];
        state[0] = scored.length;
        state[1] = undefined ? 1 : 0;
        for (int i = 2; i < state.length; i++) {
            state[i] = scored[(i - 2) / count][(i - 2) % count];
        }
        return state;
    }

    @Override
    public void restore(double[] state) {
        int curves = state.length < 2 ? 0 : (int) state[0];
        Meters.requireState(state.length == 2 || (curves > 0 && (state.length - 2) % curves == 0), this);
        undefined = state[1] != 0;
        count = curves == 0 ? 0 : (state.length - 2) / curves;
        scored = new long[curves][count];
        for (int i = 2; i < state.length; i++) {
            scored[(i - 2) / count][(i - 2) % count] = (long) state[i];
        }
    }

    @Override
    public SequencedMap<String, Double> scores() {
        double sum = 0;
        int defined = 0;
        for (long[] one : scored) {
            double area = area(Arrays.copyOf(one, count));
            if (!Double.isNaN(area)) {
                sum += area;
                defined++;
            }
        }
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        scores.put("roc_auc", undefined ? Double.NaN : sum / defined);
        return scores;
    }

    private void makeRoom(int curves, int rows) {
        if (scored.length == 0) {
            scored = new long[curves][0];
        }
        for (int c = 0; c < curves; c++) {
            int needed = Math.addExact(count, rows);
            if (scored[c].length < needed) {
                scored[c] = Arrays.copyOf(scored[c], (int) Math.min(Integer.MAX_VALUE - 8L, needed * 3L / 2));
            }
        }
    }

    /** The float's bits, made to sort as the floats do; adding 0 makes one of both zeros. */
    private void put(int curve, double score, boolean positive) {
        undefined |= Double.isNaN(score);
        int bits = Float.floatToIntBits((float) score + 0f);
        long sortable = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        scored[curve][count] = sortable << 1 | (positive ? 1 : 0);
    }

    /** Mann and Whitney's statistic. */
    private static double area(long[] sorted) {
        Arrays.sort(sorted);
        double above = 0;
        long positives = 0;
        long negatives = 0;
        for (int i = 0; i < sorted.length; ) {
            long tiedPositives = 0;
            long tied = 0;
            for (long score = sorted[i] >> 1; i < sorted.length && sorted[i] >> 1 == score; i++) {
                tiedPositives += sorted[i] & 1;
                tied++;
            }
            above += tiedPositives * (negatives + (tied - tiedPositives) / 2.0);
            positives += tiedPositives;
            negatives += tied - tiedPositives;
        }
        return above / ((double) positives * negatives);
    }

    /** What is left of the sum without one term is at least the largest term, and without the largest it is added up anew. */
    private static void logOdds(float[] logits, int at, double[] odds) {
        int largest = 0;
        for (int c = 1; c < odds.length; c++) {
            largest = logits[at + c] > logits[at + largest] ? c : largest;
        }
        double highest = logits[at + largest];
        double others = 0;
        for (int c = 0; c < odds.length; c++) {
            others += c == largest ? 0 : Math.exp(logits[at + c] - highest);
        }
        for (int c = 0; c < odds.length; c++) {
            double own = logits[at + c] - highest;
            odds[c] = own - Math.log(c == largest ? others : 1 + others - Math.exp(own));
        }
    }
}
