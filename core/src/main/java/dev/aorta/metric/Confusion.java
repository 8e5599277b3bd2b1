package dev.aorta.metric;

/**
 * Counts of right and wrong decisions about one class, and the scores that follow from them. Adding counts of several images
 * pools them; averaging scores image by image is the other convention, and the two are not the same number.
 *
 * @param truePositive predicted and labelled
 * @param falsePositive predicted, not labelled
 * @param falseNegative labelled, not predicted
 * @param trueNegative neither
 * @see <a href="https://doi.org/10.1186/s12880-015-0068-x">Taha and Hanbury 2015: Metrics for evaluating 3D medical image
 *     segmentation</a>
 */
public record Confusion(long truePositive, long falsePositive, long falseNegative, long trueNegative) {
    /** No decisions. */
    public static final Confusion NONE = new Confusion(0, 0, 0, 0);

    /**
     * Counts over a run of elements.
     *
     * @param predicted class of each element
     * @param labels class of each element
     * @param from first element
     * @param to after the last element
     * @param positive the class in question
     * @return the counts
     */
    public static Confusion of(float[] predicted, float[] labels, int from, int to, int positive) {
        long tp = 0;
        long fp = 0;
        long fn = 0;
        for (int i = from; i < to; i++) {
            boolean p = predicted[i] == positive;
            boolean l = labels[i] == positive;
            tp += p && l ? 1 : 0;
            fp += p && !l ? 1 : 0;
            fn += !p && l ? 1 : 0;
        }
        return new Confusion(tp, fp, fn, to - from - tp - fp - fn);
    }

    /**
     * The pooled counts.
     *
     * @param o of other elements
     * @return the sums
     */
    public Confusion plus(Confusion o) {
        return new Confusion(
                truePositive + o.truePositive,
                falsePositive + o.falsePositive,
                falseNegative + o.falseNegative,
                trueNegative + o.trueNegative);
    }

    /**
     * Dice coefficient {@code (2 TP + smooth) / (2 TP + FP + FN + smooth)}.
     *
     * @param smooth with 0 an image without the class in either mask is NaN, above 0 it is 1
     * @return from 0 to 1, or NaN
     */
    public double dice(double smooth) {
        return (2 * truePositive + smooth) / (2 * truePositive + falsePositive + falseNegative + smooth);
    }

    /**
     * Intersection over union {@code (TP + smooth) / (TP + FP + FN + smooth)}; the smooth term as for dice.
     *
     * @param smooth with 0 an image without the class in either mask is NaN, above 0 it is 1
     * @return from 0 to 1, or NaN
     */
    public double iou(double smooth) {
        return (truePositive + smooth) / (truePositive + falsePositive + falseNegative + smooth);
    }

    /** {@return the share of right decisions {@code (TP + TN) / all}; NaN without decisions} */
    public double accuracy() {
        return (truePositive + trueNegative) / (double) (truePositive + falsePositive + falseNegative + trueNegative);
    }

    /** {@return {@code TP / (TP + FP)}; NaN when nothing was predicted} */
    public double precision() {
        return truePositive / (double) (truePositive + falsePositive);
    }

    /** {@return {@code TP / (TP + FN)}; NaN when nothing was labelled} */
    public double recall() {
        return truePositive / (double) (truePositive + falseNegative);
    }

    /**
     * {@return the harmonic mean of precision and recall, {@code 2 TP / (2 TP + FP + FN)}: the pooled Dice; NaN when both masks
     * are empty}
     */
    public double f1() {
        return dice(0);
    }
}
