package dev.aorta.metric;

import dev.aorta.data.Batch;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Scores of masks: the most likely class of each pixel of logits (N, .., classes) against labels (N, ..). {@code dice} and {@code
 * iou} are means over images, with smooth 1, so that an image in which neither mask has the class counts 1, and one in which only
 * one has it nearly 0. {@code accuracy} is of all pixels together; so are {@code precision}, {@code recall} and {@code f1}, NaN
 * where nothing was predicted, labelled, or either. All but the accuracy are of the foreground classes, from 1 on, and averaged
 * over them; where there are several, each has its own too, as {@code dice_1}.
 */
public final class SegmentationMeter implements Meter {
    private static final double SMOOTH = 1;

    private final int foreground;
    private final ConfusionMatrix image;
    private final ConfusionMatrix pooled;
    private final double[] dice; // of each foreground class, then of all
    private final double[] iou;
    private long images;

    /**
     * Makes an empty meter.
     *
     * @param classes background included, at least 2
     */
    public SegmentationMeter(int classes) {
        if (classes < 2) {
            throw new IllegalArgumentException("[metric] needs the background and at least one class, got " + classes);
        }
        foreground = classes - 1;
        image = new ConfusionMatrix(classes);
        pooled = new ConfusionMatrix(classes);
        dice = new double[classes];
        iou = new double[classes];
    }

    @Override
    public List<Readout> readouts() {
        return List.of(Readout.ARGMAX);
    }

    @Override
    public void add(Batch batch, Output output, double loss) {
        Logits.require(output, batch, pooled.classes());
        float[] predicted = output.get(Readout.ARGMAX);
        float[] labels = batch.labels().array();
        int size = labels.length / batch.size();
        for (int n = 0; n < batch.size(); n++) {
            add(predicted, labels, n * size, (n + 1) * size);
        }
    }

    /**
     * Adds an image of any size.
     *
     * @param predicted class of each pixel
     * @param labels class of each pixel
     */
    public void add(float[] predicted, float[] labels) {
        add(predicted, labels, 0, labels.length);
    }

    private void add(float[] predicted, float[] labels, int from, int to) {
        image.clear();
        image.add(predicted, labels, from, to);
        pooled.add(image);
        for (int c = 0; c < foreground; c++) {
            Confusion mask = image.of(c + 1);
            add(dice, c, mask.dice(SMOOTH));
            add(iou, c, mask.iou(SMOOTH));
        }
        images++;
    }

    /** {@return images, sums of dice and of iou, then the counts} */
    @Override
    public double[] state() {
        return Stream.of(new double[] {images}, dice, iou, pooled.state())
                .flatMapToDouble(DoubleStream::of)
                .toArray();
    }

    @Override
    public void restore(double[] state) {
        int classes = dice.length;
        Meters.requireState(state.length == 1 + 2 * classes + classes * classes, this);
        images = (long) state[0];
        System.arraycopy(state, 1, dice, 0, classes);
        System.arraycopy(state, 1 + classes, iou, 0, classes);
        pooled.restore(Arrays.copyOfRange(state, 1 + 2 * classes, state.length));
    }

    @Override
    public SequencedMap<String, Double> scores() {
        SequencedMap<String, Double> scores = new LinkedHashMap<>();
        double precision = 0;
        double recall = 0;
        double f1 = 0;
        for (int c = 1; c <= foreground; c++) {
            Confusion mask = pooled.of(c);
            precision += mask.precision() / foreground;
            recall += mask.recall() / foreground;
            f1 += mask.f1() / foreground;
        }
        scores.put("dice", dice[foreground] / images);
        scores.put("iou", iou[foreground] / images);
        scores.put("accuracy", pooled.accuracy());
        scores.put("precision", precision);
        scores.put("recall", recall);
        scores.put("f1", f1);
        for (int c = 1; c <= foreground && foreground > 1; c++) {
            Confusion mask = pooled.of(c);
            scores.put("dice_" + c, dice[c - 1] / images);
            scores.put("iou_" + c, iou[c - 1] / images);
            scores.put("precision_" + c, mask.precision());
            scores.put("recall_" + c, mask.recall());
            scores.put("f1_" + c, mask.f1());
        }
        return scores;
    }

    /** {@return counts of all pixels} */
    public ConfusionMatrix confusion() {
        return pooled;
    }

    private void add(double[] sums, int c, double score) {
        sums[c] += score;
        sums[foreground] += score / foreground;
    }
}
