package dev.aorta.unet.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.unet.train.SliceScore;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void theMedianOfAnEvenNumberLiesBetweenTheTwoInTheMiddle() {
        assertThat(Report.median(ranked(0.9, 0.75, 0.25, 0))).isEqualTo(0.5);
        assertThat(Report.median(ranked(0.9, 0.75, 0))).isEqualTo(0.75);
        assertThat(Report.median(ranked(0.9))).isEqualTo(0.9);
    }

    private static List<SliceScore> ranked(double... dice) {
        return Arrays.stream(dice)
                .mapToObj(d -> new SliceScore(0, "a slice", d, 1, 1))
                .toList();
    }
}
