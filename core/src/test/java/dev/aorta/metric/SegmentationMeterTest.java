package dev.aorta.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import org.junit.jupiter.api.Test;

class SegmentationMeterTest {
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
        double dice = meter.add(new float[] {1, 1, 1, 1, 0, 0, 0, 1}, new float[] {1, 1, 1, 1, 0, 0, 1, 0}, 2, 0.5);
        assertThat(dice).isCloseTo((1 + 1 / 3.0) / 2, TINY);
        SegmentationScores s = meter.scores();
        assertThat(s.images()).isEqualTo(2);
        assertThat(s.loss()).isEqualTo(0.5);
        assertThat(s.dice()).isCloseTo((1 + 1 / 3.0) / 2, TINY);
        assertThat(s.iou()).isCloseTo((1 + 1 / 3.0) / 2, TINY);
        assertThat(s.f1()).isCloseTo(8 / 10.0, TINY);
        assertThat(s.accuracy()).isCloseTo(6 / 8.0, TINY);
    }

    @Test
    void anEmptyMaskCountsAsFoundWhenNothingIsPredicted() {
        SegmentationMeter meter = new SegmentationMeter(2);
        meter.add(new float[] {0, 0}, new float[] {0, 0}, 1, 0);
        assertThat(meter.scores().dice()).isEqualTo(1);
        assertThat(meter.scores().f1()).isNaN();
        SegmentationMeter wrong = new SegmentationMeter(2);
        wrong.add(new float[] {1, 1}, new float[] {0, 0}, 1, 0);
        assertThat(wrong.scores().dice()).isCloseTo(1 / 3.0, TINY);
    }

    @Test
    void classesAreAveraged() {
        SegmentationMeter meter = new SegmentationMeter(3);
        meter.add(new float[] {1, 1, 0, 0}, new float[] {1, 1, 2, 2}, 1, 0);
        assertThat(meter.scores().dice()).isCloseTo((1 + 1 / 3.0) / 2, TINY);
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        assertThatThrownBy(() -> new SegmentationMeter(1)).hasMessageContaining("at least one class");
        assertThatThrownBy(() -> new SegmentationMeter(2).add(new float[3], new float[3], 2, 0))
                .hasMessage("[metric] 3 predicted and 3 labelled pixels do not make 2 images");
    }
}
