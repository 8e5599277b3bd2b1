package dev.aorta.metric;

import java.util.Arrays;

/** Adds up the masks of many images to {@link SegmentationScores}. Not thread-safe. */
public final class SegmentationMeter {
    private static final double SMOOTH = 1;

    private final Confusion[] pooled;
    private double loss;
    private double dice;
    private double iou;
    private long right;
    private long pixels;
    private int images;

    /**
     * Makes an empty meter.
     *
     * @param classes background included, at least 2
     */
    public SegmentationMeter(int classes) {
        if (classes < 2) {
            throw new IllegalArgumentException("[metric] needs the background and at least one class, got " + classes);
        }
        pooled = new Confusion[classes - 1];
        Arrays.fill(pooled, Confusion.NONE);
    }

    /**
     * Adds a batch.
     *
     * @param predicted (N, pixels), class of each pixel
     * @param labels (N, pixels), class of each pixel
     * @param count N
     * @param batchLoss mean loss of the batch
     * @return mean Dice of the batch
     */
    public double add(float[] predicted, float[] labels, int count, double batchLoss) {
        if (count < 1 || predicted.length != labels.length || predicted.length % count != 0) {
            throw new IllegalArgumentException("[metric] " + predicted.length + " predicted and " + labels.length
                    + " labelled pixels do not make " + count + " images");
        }
        int size = predicted.length / count;
        double before = dice;
        for (int n = 0; n < count; n++) {
            for (int c = 0; c < pooled.length; c++) {
                Confusion image = Confusion.of(predicted, labels, n * size, (n + 1) * size, c + 1);
                dice += image.dice(SMOOTH) / pooled.length;
                iou += image.iou(SMOOTH) / pooled.length;
                pooled[c] = pooled[c].plus(image);
            }
        }
        for (int i = 0; i < predicted.length; i++) {
            right += predicted[i] == labels[i] ? 1 : 0;
        }
        pixels += predicted.length;
        images += count;
        loss += batchLoss * count;
        return (dice - before) / count;
    }

    /** The scores so far; all NaN but the count when nothing was added. */
    public SegmentationScores scores() {
        double precision = 0;
        double recall = 0;
        double f1 = 0;
        for (Confusion c : pooled) {
            precision += c.precision() / pooled.length;
            recall += c.recall() / pooled.length;
            f1 += c.f1() / pooled.length;
        }
        return new SegmentationScores(
                images, loss / images, dice / images, iou / images, right / (double) pixels, precision, recall, f1);
    }
}
