package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RandomStreamTest {
    private static final int DRAWS = 200_000;

    @Test
    void gaussianHasMeanZeroAndVarianceOne() {
        RandomStream random = new RandomStream(1, 2, 3);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < DRAWS; i++) {
            double v = random.gaussian();
            sum += v;
            squares += v * v;
        }
        assertThat(sum / DRAWS).isCloseTo(0, within(0.01));
        assertThat(squares / DRAWS).isCloseTo(1, within(0.01));
    }

    @Test
    void belowReachesEveryValueAndNoOther() {
        RandomStream random = new RandomStream(5);
        int[] counts = new int[7];
        for (int i = 0; i < DRAWS; i++) {
            counts[random.below(7)]++;
        }
        for (int count : counts) {
            assertThat(count).isCloseTo(DRAWS / 7, within(DRAWS / 70));
        }
    }

    @Test
    void neighbouringPositionsShareNothing() {
        Set<Double> seen = new HashSet<>();
        for (long record = 0; record < 1000; record++) {
            for (long epoch = 0; epoch < 10; epoch++) {
                seen.add(new RandomStream(7, epoch, record).uniform());
            }
        }
        assertThat(seen).hasSize(10_000);
    }
}
