package dev.aorta.bench.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShiftTest {

    @Test
    void isTheMedianOfThePairwiseDifferences() {
        Shift shift = Shift.between(new double[] {1, 2, 10}, new double[] {4, 6}, 0.05);
        assertThat(shift.estimate()).isEqualTo(2.5); // -6 -4 2 3 4 5
        assertThat(shift.low()).isEqualTo(-6);
        assertThat(shift.high()).isEqualTo(5);
    }

    @Test
    void ofSeparatedSamplesIsSignificantFromFourForks() {
        double[] low = {1.0, 1.1, 1.2, 1.3};
        double[] high = {2.0, 2.1, 2.2, 2.3};
        assertThat(Shift.between(low, high, 0.05).p()).isEqualTo(0.0209, within(1e-4)); // z = 8 / sqrt(12)
    }

    @Test
    void ofASampleToItselfIsNothing() {
        double[] same = {3, 3, 3, 3, 3};
        assertThat(Shift.between(same, same, 0.05)).isEqualTo(new Shift(0, 0, 0, 1));
    }

    @Test
    void coversTheTrueShiftAsOftenAsItSays() {
        long seed = 42;
        Random random = new Random(seed);
        int covered = 0;
        int trials = 2000;
        for (int t = 0; t < trials; t++) {
            Shift shift = Shift.between(normal(random, 0), normal(random, 1), 0.05);
            covered += shift.low() <= 1 && 1 <= shift.high() ? 1 : 0;
        }
        assertThat((double) covered / trials).as("coverage, seed %d", seed).isBetween(0.93, 0.98);
    }

    private static double[] normal(Random random, double mean) {
        double[] values = new double[8];
        Arrays.setAll(values, i -> mean + random.nextGaussian());
        return values;
    }
}
