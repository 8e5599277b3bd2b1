package dev.aorta.unet.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.train.SliceResult;
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

    private static List<SliceResult> ranked(double... dice) {
        LabelledSlice slice = new LabelledSlice("", 1, 1, new int[1], new byte[1]);
        return Arrays.stream(dice)
                .mapToObj(d -> new SliceResult("a slice", slice, new byte[1], d))
                .toList();
    }
}
