package dev.aorta.explain;

import dev.aorta.ShapeException;
import dev.aorta.data.Values;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether probabilities are what they say: of the predictions with a confidence of 0.8, are 80 % right? Confidence is the probability
 * of the class that was chosen.
 *
 * @see <a href="https://arxiv.org/abs/1706.04599">Guo et al. 2017: On calibration of modern neural networks</a>
 */
public final class Calibration {
    private final long[] counts;
    private final double[] confidences;
    private final long[] right;

    /**
     * A point of the curve.
     *
     * @param count of predictions
     * @param confidence their mean
     * @param accuracy the part of them that was right
     */
    public record Point(long count, double confidence, double accuracy) {}

    /**
     * Without a prediction.
     *
     * @param bins equal intervals of the confidence from 0 to 1, at least 1; 15 are common
     */
    public Calibration(int bins) {
        if (bins < 1) {
            throw new IllegalArgumentException("[calibration] needs at least 1 bin, got " + bins);
        }
        counts = new long[bins];
        confidences = new double[bins];
        right = new long[bins];
    }

    /**
     * Adds predictions.
     *
     * @param probabilities (.., classes)
     * @param labels of the classes that are right, as many as there are predictions; one below 0 is left out
     */
    public void add(Values probabilities, int[] labels) {
        int classes = probabilities.shape().dim(probabilities.shape().rank() - 1);
        float[] p = probabilities.array();
        if (labels.length * classes != p.length) {
            throw new ShapeException(
                    "calibration", labels.length + " labels for the probabilities " + probabilities.shape());
        }
        for (int i = 0; i < labels.length; i++) {
            int chosen = i * classes;
            for (int c = i * classes; c < (i + 1) * classes; c++) {
                chosen = p[c] > p[chosen] ? c : chosen;
            }
            if (labels[i] >= 0) {
                int bin = Math.clamp((int) (p[chosen] * counts.length), 0, counts.length - 1);
                counts[bin]++;
                confidences[bin] += p[chosen];
                right[bin] += chosen - i * classes == labels[i] ? 1 : 0;
            }
        }
    }

    /** {@return a point for each interval that has predictions, by confidence} */
    public List<Point> curve() {
        List<Point> points = new ArrayList<>();
        for (int bin = 0; bin < counts.length; bin++) {
            if (counts[bin] > 0) {
                points.add(new Point(counts[bin], confidences[bin] / counts[bin], (double) right[bin] / counts[bin]));
            }
        }
        return points;
    }

    /**
     * The expected calibration error of all predictions.
     *
     * @return from 0 to 1; NaN without a prediction
     */
    public double error() {
        return error(curve());
    }

    /**
     * The expected calibration error: the mean distance of confidence and accuracy, each point by its predictions.
     *
     * @param curve as {@link #curve} gives it
     * @return from 0 to 1; NaN without a prediction
     */
    public static double error(List<Point> curve) {
        long all = 0;
        double sum = 0;
        for (Point point : curve) {
            all += point.count();
            sum += point.count() * Math.abs(point.confidence() - point.accuracy());
        }
        return sum / all;
    }
}
