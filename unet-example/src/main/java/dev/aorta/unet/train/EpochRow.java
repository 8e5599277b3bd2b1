package dev.aorta.unet.train;

import dev.aorta.metric.SegmentationScores;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What one epoch came to: a line of {@code metrics.csv}.
 *
 * @param epoch counted from 1
 * @param rate learning rate after the epoch
 * @param train scores on the training slices, as the network changed
 * @param validation scores on the validation slices, after the epoch
 */
public record EpochRow(int epoch, double rate, SegmentationScores train, SegmentationScores validation) {
    /** The first line of the file. */
    public static final String HEADER =
            "epoch,learning_rate,train_loss,train_dice,val_loss,val_dice,val_iou,val_accuracy,"
                    + "val_precision,val_recall,val_f1";

    /** The row of the highest validation dice, the first of equal ones. */
    public static EpochRow best(List<EpochRow> rows) {
        return rows.stream()
                .max(Comparator.comparingDouble((EpochRow r) -> r.validation().dice())
                        .thenComparingInt(r -> -r.epoch()))
                .orElseThrow();
    }

    /** The line of this epoch. */
    public String csv() {
        return String.format(
                Locale.ROOT,
                "%d,%.6g,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f,%.6f",
                epoch,
                rate,
                train.loss(),
                train.dice(),
                validation.loss(),
                validation.dice(),
                validation.iou(),
                validation.accuracy(),
                validation.precision(),
                validation.recall(),
                validation.f1());
    }
}
