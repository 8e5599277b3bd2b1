package dev.aorta.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.util.Random;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class SegmentationMeterTest {
    private static final long SEED = 11;
    private static final org.assertj.core.data.Offset<Double> TINY = offset(1e-12);

    @Test
    void scoresOfOneImageByHand() {
        Confusion c = Confusion.of(new float[] {1, 1, 0, 0, 1}, new float[] {1, 0, 1, 0, 1}, 0, 5, 1);
        assertThat(c).isEqualTo(new Confusion(2, 1, 1, 1));
        assertThat(c.dice(0)).isCloseTo(4 / 6.0, TINY);
        assertThat(c.dice(1)).isCloseTo(5 / 7.0, TINY);
        assertThat(c.iou(0)).isCloseTo(2 / 4.0, TINY);
        assertThat(c.accuracy()).isCloseTo(3 / 5.0, TINY);
        assertThat(c.precision()).isCloseTo(2 / 3.0, TINY);
        assertThat(c.recall()).isCloseTo(2 / 3.0, TINY);
        assertThat(c.f1()).isCloseTo(4 / 6.0, TINY);
    }

    @Test
    void perImageAndPooledAreDifferentAverages() {
        SegmentationMeter meter = new SegmentationMeter(2);
        Measured.addMasks(meter, 2, new float[] {1, 1, 1, 1, 0, 0, 0, 1}, new float[] {1, 1, 1, 1, 0, 0, 1, 0}, 2);
        SequencedMap<String, Double> s = meter.scores();
        assertThat(s.sequencedKeySet()).containsExactly("dice", "iou", "accuracy", "precision", "recall", "f1");
        assertThat(s.get("dice")).isCloseTo((1 + 1 / 3.0) / 2, TINY);
        assertThat(s.get("iou")).isCloseTo((1 + 1 / 3.0) / 2, TINY);
        assertThat(s.get("f1")).isCloseTo(8 / 10.0, TINY);
        assertThat(s.get("accuracy")).isCloseTo(6 / 8.0, TINY);
    }

    @Test
    void anEmptyMaskCountsAsFoundWhenNothingIsPredicted() {
        SegmentationMeter meter = new SegmentationMeter(2);
        Measured.addMasks(meter, 2, new float[] {0, 0}, new float[] {0, 0}, 1);
        assertThat(meter.scores().get("dice")).isEqualTo(1);
        assertThat(meter.scores().get("f1")).isNaN();
        SegmentationMeter wrong = new SegmentationMeter(2);
        Measured.addMasks(wrong, 2, new float[] {1, 1}, new float[] {0, 0}, 1);
        assertThat(wrong.scores().get("dice")).isCloseTo(1 / 3.0, TINY);
    }

    @Test
    void severalClassesAreAveragedAndEachHasItsOwnScores() {
        SegmentationMeter meter = new SegmentationMeter(3);
        Measured.addMasks(meter, 3, new float[] {1, 1, 0, 0}, new float[] {1, 1, 2, 2}, 1);
        Measured.addMasks(meter, 3, new float[] {0, 1, 2, 0}, new float[] {0, 1, 2, 2}, 1);
        SequencedMap<String, Double> s = meter.scores();
        assertThat(s.get("dice_1")).isEqualTo(1);
        assertThat(s.get("dice_2")).isCloseTo((1 / 3.0 + 3 / 4.0) / 2, TINY);
        assertThat(s.get("dice")).isCloseTo((1 + (1 / 3.0 + 3 / 4.0) / 2) / 2, TINY);
        assertThat(s.get("iou_2")).isCloseTo((1 / 3.0 + 2 / 3.0) / 2, TINY);
        assertThat(s.get("precision_2")).isEqualTo(1);
        assertThat(s.get("recall_2")).isCloseTo(1 / 4.0, TINY);
        assertThat(s.get("f1_2")).isCloseTo(2 / 5.0, TINY);
        assertThat(s).hasSize(6 + 2 * 5);
        assertThat(meter.confusion().count(2, 0)).isEqualTo(3);
    }

    /** What the meter counts in one pass is what the class-by-class definition counts. */
    @Test
    void countsAreThoseOfEachClassAlone() {
        Random random = new Random(SEED);
        float[] predicted = new float[240];
        float[] labels = new float[240];
        for (int i = 0; i < predicted.length; i++) {
            predicted[i] = random.nextInt(4);
            labels[i] = random.nextInt(4);
        }
        SegmentationMeter meter = new SegmentationMeter(4);
        Measured.addMasks(meter, 4, predicted, labels, 3);
        double dice = 0;
        for (int c = 1; c < 4; c++) {
            assertThat(meter.confusion().of(c))
                    .as("class %d, seed %d", c, SEED)
                    .isEqualTo(Confusion.of(predicted, labels, 0, 240, c));
            for (int n = 0; n < 3; n++) {
                dice += Confusion.of(predicted, labels, n * 80, (n + 1) * 80, c).dice(1) / 9;
            }
        }
        assertThat(meter.scores().get("dice")).isCloseTo(dice, TINY);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> new SegmentationMeter(1)).hasMessageContaining("at least one class");
        assertThatThrownBy(() -> Measured.addMasks(new SegmentationMeter(2), 2, new float[4], new float[3], 1))
                .hasMessage("[metric] logits (N, .., 2) of labels [1, 3] (N, ..) were expected, got [1, 4, 2]");
        assertThatThrownBy(() -> Measured.addMasks(new SegmentationMeter(2), 3, new float[4], new float[4], 1))
                .hasMessage("[metric] logits (N, .., 2) of labels [1, 4] (N, ..) were expected, got [1, 4, 3]");
        assertThatThrownBy(() -> Measured.addMasks(new SegmentationMeter(2), 2, new float[2], new float[] {0, 2.5f}, 1))
                .hasMessage("[metric] element 1 is predicted 0.0 and labelled 2.5; expected classes from 0 to 1");
    }
}
