package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ShiftTest {
    private static final double ALPHA = 0.02;

    @Test
    void isTheMedianOfThePairwiseDifferences() {
        Shift shift = Shift.between(new double[] {1, 2, 10}, new double[] {4, 6}, ALPHA);
        assertThat(shift.estimate()).isEqualTo(2.5); // -6 -4 2 3 4 5
        assertThat(shift.low()).isEqualTo(-6);
        assertThat(shift.high()).isEqualTo(5);
    }

    /** Every split of the ten values, counted one by one. */
    @Test
    void hasThePOfAllSplitsAlsoWithTies() {
        Random random = new Random(3);
        for (int t = 0; t < 50; t++) {
            double[] x = random.doubles(4).map(v -> Math.floor(5 * v)).toArray();
            double[] y = random.doubles(6).map(v -> Math.floor(5 * v)).toArray();
            double[] all = Arrays.copyOf(x, 10);
            System.arraycopy(y, 0, all, 4, 6);
            int splits = 0;
            int above = 0;
            int below = 0;
            for (int split = 0; split < 1 << 10; split++) {
                if (Integer.bitCount(split) == 6) {
                    splits++;
                    above += wins(all, split) >= wins(all, 0b1111110000) ? 1 : 0;
                    below += wins(all, split) <= wins(all, 0b1111110000) ? 1 : 0;
                }
            }
            Shift shift = Shift.between(x, y, ALPHA);
            assertThat(shift.above()).as("trial %d", t).isEqualTo((double) above / splits, within(1e-12));
            assertThat(shift.below()).as("trial %d", t).isEqualTo((double) below / splits, within(1e-12));
        }
    }

    /** How often a value of the split is over one outside, ties being half: the U statistic by its definition. */
    private static double wins(double[] all, int split) {
        double wins = 0;
        for (int i = 0; i < all.length; i++) {
            for (int j = 0; j < all.length; j++) {
                boolean counted = (split >> i & 1) == 1 && (split >> j & 1) == 0;
                wins += !counted ? 0 : all[i] > all[j] ? 1 : all[i] == all[j] ? 0.5 : 0;
            }
        }
        return wins;
    }

    @Test
    void ofSeparatedSamplesHasTheLeastP() {
        double[] low = {1.0, 1.1, 1.2, 1.3, 1.4};
        double[] high = {2.0, 2.1, 2.2, 2.3, 2.4};
        assertThat(Shift.between(low, high, ALPHA).above()).isEqualTo(1 / 252.0, within(1e-12));
        assertThat(Shift.between(low, high, ALPHA).below()).isEqualTo(1);
        assertThat(RankSum.leastP(5, 5)).isEqualTo(1 / 252.0);
        assertThat(new Rules(0.05, ALPHA).fewestForks())
                .as("1/70, and 1/20 with three")
                .isEqualTo(4);
    }

    @Test
    void ofASampleToItselfIsNothing() {
        double[] same = {3, 3, 3, 3, 3};
        assertThat(Shift.between(same, same, ALPHA)).isEqualTo(new Shift(0, 0, 0, 1, 1));
    }

    /** Without ties the interval and the test say the same, so a report cannot contradict itself. */
    @Test
    void hasAnIntervalWithoutZeroWhereThePIsUnderAlpha() {
        Random random = new Random(4);
        for (int t = 0; t < 500; t++) {
            int forks = 4 + t % 9;
            double[] x = random.doubles(forks).toArray();
            double[] y = random.doubles(forks)
                    .map(v -> v + 0.6 * random.nextDouble())
                    .toArray();
            Shift shift = Shift.between(x, y, ALPHA);
            assertThat(shift.low() > 0).as("trial %d", t).isEqualTo(shift.above() <= ALPHA);
        }
    }

    @Test
    void coversTheTrueShiftAsOftenAsItSays() {
        long seed = 42;
        Random random = new Random(seed);
        int covered = 0;
        int trials = 2000;
        for (int t = 0; t < trials; t++) {
            Shift shift = Shift.between(normal(random, 0), normal(random, 1), ALPHA);
            covered += shift.low() <= 1 && 1 <= shift.high() ? 1 : 0;
        }
        // 1 - 2 P(U <= 12) = 0.9622 of eight and eight
        assertThat((double) covered / trials).as("coverage, seed %d", seed).isBetween(0.95, 0.975);
    }

    @Test
    void takesAsManyForksAsAnybodyRuns() {
        double[] x = new Random(5).doubles(RankSum.MOST).toArray();
        double[] y = new Random(6).doubles(RankSum.MOST).map(v -> v + 0.2).toArray();
        assertThat(Shift.between(x, y, ALPHA).above()).isLessThan(1e-4);
        assertThatThrownBy(() -> Shift.between(x, new double[101], ALPHA)).hasMessageContaining("head 101");
        assertThatThrownBy(() -> Shift.between(x, new double[0], ALPHA)).hasMessageContaining("head 0");
    }

    private static double[] normal(Random random, double mean) {
        double[] values = new double[8];
        Arrays.setAll(values, i -> mean + random.nextGaussian());
        return values;
    }
}
