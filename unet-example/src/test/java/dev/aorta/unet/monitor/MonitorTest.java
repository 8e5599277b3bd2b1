package dev.aorta.unet.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.inference.KolmogorovSmirnovTest;
import org.apache.commons.math3.stat.inference.MannWhitneyUTest;
import org.junit.jupiter.api.Test;

/** The statistics, and how often they alarm. */
class MonitorTest {
    private static final long SEED = 20261128;

    private static int[] first(int chosen) {
        return IntStream.range(0, chosen).toArray();
    }

    @Test
    void theKolmogorovSmirnovStatisticIsThatOfCommonsMath() {
        Random random = new Random(SEED);
        for (int run = 0; run < 50; run++) {
            int n = 3 + random.nextInt(40);
            int m = 3 + random.nextInt(40);
            double[] a = random.doubles(n).map(x -> Math.round(10 * x)).toArray(); // with ties
            double[] b = random.doubles(m).map(x -> Math.round(12 * x)).toArray();
            double[] pooled = Arrays.copyOf(a, n + m + 1);
            System.arraycopy(b, 0, pooled, n, m);
            pooled[n + m] = Double.NaN; // not known of an image
            assertThat(new KolmogorovSmirnov(pooled).of(first(n)))
                    .as("run " + run)
                    .isCloseTo(new KolmogorovSmirnovTest().kolmogorovSmirnovStatistic(a, b), within(1e-12));
        }
    }

    @Test
    void theRankSumIsTheMannWhitneyStatisticOfCommonsMath() {
        Random random = new Random(SEED);
        for (int run = 0; run < 50; run++) {
            int n = 3 + random.nextInt(40);
            int m = 3 + random.nextInt(40);
            double[] a = random.doubles(n).map(x -> Math.round(10 * x)).toArray(); // with ties
            double[] b = random.doubles(m).map(x -> Math.round(12 * x)).toArray();
            double[] pooled = Arrays.copyOf(a, n + m + 1);
            System.arraycopy(b, 0, pooled, n, m);
            pooled[n + m] = Double.NaN; // not known of an image
            assertThat(new RankSum(pooled).of(first(n)))
                    .as("run " + run)
                    .isCloseTo(new MannWhitneyUTest().mannWhitneyU(a, b) / (n * m) - 0.5, within(1e-12));
        }
        assertThat(new RankSum(new double[] {1, Double.NaN}).of(first(1))).isZero();
    }

    @Test
    void theStabilityIndexIsItsFormula() {
        double[] pooled = IntStream.range(0, 20).asDoubleStream().toArray(); // two in each bin
        double a = 2.5 / 15; // the lower half is the window
        double b = 0.5 / 15;
        assertThat(new StabilityIndex(pooled).of(first(10))).isCloseTo(10 * (a - b) * Math.log(a / b), within(1e-12));
        assertThat(new StabilityIndex(new double[20]).of(first(10))).isZero();
    }

    @Test
    void theDiscrepancyIsThatOfItsDefinition() {
        Random random = new Random(SEED);
        List<float[]> pooled = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            pooled.add(new float[] {(float) random.nextGaussian(), 0, (float) (100 + 10 * random.nextGaussian())});
        }
        MeanDiscrepancy statistic = new MeanDiscrepancy(pooled);
        for (int n : new int[] {4, 9}) {
            assertThat(statistic.of(first(n))).isCloseTo(discrepancy(pooled, n), within(1e-6));
        }
    }

    private static double discrepancy(List<float[]> e, int n) {
        double[] squares = new double[144];
        for (int c = 0; c < 3; c += 2) {
            int channel = c;
            double[] x = e.stream().mapToDouble(v -> v[channel]).toArray();
            double mean = Arrays.stream(x).average().orElseThrow();
            double variance =
                    Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
            for (int i = 0; i < 144; i++) {
                squares[i] += (x[i / 12] - x[i % 12]) * (x[i / 12] - x[i % 12]) / variance;
            }
        }
        double[] pairs = IntStream.range(0, 144)
                .filter(i -> i / 12 > i % 12)
                .mapToDouble(i -> squares[i])
                .sorted()
                .toArray();
        double sum = 0;
        for (int i = 0; i < 144; i++) {
            boolean a = i / 12 < n;
            boolean b = i % 12 < n;
            double k = Math.exp(-squares[i] / pairs[pairs.length / 2]);
            double m = 12 - n;
            sum += i / 12 == i % 12 ? 0 : a && b ? k / (n * (n - 1.0)) : a || b ? -k / (n * m) : k / (m * (m - 1));
        }
        return sum;
    }

    @Test
    void theDifferenceOfMeansIsInDeviationsOfAll() {
        double[] pooled = {1, 2, 6, Double.NaN, 4, 7}; // mean 4, variance 5.2; the window has mean 3, the others 5.5
        assertThat(new MeanDifference(pooled).of(first(4))).isCloseTo(2.5 / Math.sqrt(5.2), within(1e-12));
        assertThat(new MeanDifference(new double[] {3, 3, 3}).of(first(1))).isZero();
        assertThat(new MeanDifference(new double[] {1, Double.NaN}).of(first(1)))
                .isZero();
    }

    /** p values of one, of ten copies and of ten that have nothing to do with one another, each alone as likely as the others. */
    @Test
    void testsThatSayTheSameCountAsOne() {
        Random random = new Random(SEED);
        List<Observation> pooled = images(random, 60, 1, 0, 0);
        List<Statistic> apart = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            double[] values = random.doubles(60).toArray();
            for (int k = 0; k < 30; k++) {
                values[k] += 0.2; // the window has the first 30
            }
            apart.add(new MeanDifference(values));
        }
        Permutations exchanged = new Permutations(pooled.subList(0, 30), pooled.subList(30, 60));
        Permutations.Values one = exchanged.p(apart.subList(0, 1), 4999, SEED);
        assertThat(one.together()).containsExactly(one.alone());
        Permutations.Values same = exchanged.p(Collections.nCopies(10, apart.getFirst()), 4999, SEED);
        assertThat(same.together()).containsExactly(same.alone());
        Permutations.Values values = exchanged.p(apart, 4999, SEED);
        double[] sorted = values.alone().clone();
        double[] together = values.together().clone();
        Arrays.sort(sorted);
        Arrays.sort(together);
        for (int k = 0; k < 10; k++) { // of 10 - k independent ones
            double least = 1 - Math.pow(1 - sorted[k], 10 - k);
            assertThat(together[k]).isBetween(k == 0 ? 0 : together[k - 1], 1.0).isGreaterThan(least - 0.03);
        }
        assertThat(together[0]).isCloseTo(1 - Math.pow(1 - sorted[0], 10), within(0.03));
    }

    @Test
    void noiseIsFoundUnderStructures() {
        Random random = new Random(SEED);
        float[] image = new float[128 * 128];
        for (int i = 0; i < image.length; i++) {
            image[i] = (float) (3 * (i % 128) + (i / 128 > 64 ? 500 : 0) + 7 * random.nextGaussian());
        }
        assertThat(GreyLevels.noise(image, 128, 128)).isCloseTo(7, within(0.6));
    }

    // ---- alarms

    /** Images of patients, each of {@code slices}, who differ from one another by {@code patients} and from others by {@code shift}. */
    private static List<Observation> images(Random random, int count, int slices, double patients, double shift) {
        List<Observation> images = new ArrayList<>();
        String group = "";
        double own = 0;
        for (int i = 0; i < count; i++) {
            if (i % slices == 0) {
                group = "p" + random.nextLong();
                own = patients * random.nextGaussian();
            }
            Map<Feature, Double> values = new EnumMap<>(Feature.class);
            double noise = own + random.nextGaussian();
            values.put(Feature.MEAN, noise + shift);
            values.put(Feature.DEVIATION, 0.8 * noise + 0.6 * random.nextGaussian());
            values.put(Feature.NOISE, random.nextGaussian());
            values.put(Feature.ESTIMATED_DICE, 0.9 + 0.03 * random.nextGaussian());
            float[] embedding = {(float) noise, (float) random.nextGaussian(), (float) random.nextGaussian()};
            images.add(new Observation(group, values, embedding));
        }
        return images;
    }

    private static Monitor monitor(List<Observation> reference, double alpha) {
        return new Monitor(new Reference("0".repeat(64), 1, reference), alpha, 1999, 0.03, SEED);
    }

    private static double alarms(int windows, int slices, double patients, boolean known) {
        Random random = new Random(SEED);
        int alarms = 0;
        for (int i = 0; i < windows; i++) {
            List<Observation> reference = images(random, 60, slices, patients, 0);
            List<Observation> window = images(random, 40, slices, patients, 0);
            Monitor monitor = monitor(known ? reference : each(reference), 0.05);
            alarms += monitor.judge(1, known ? window : each(window)).verdict() == Verdict.FINE ? 0 : 1;
        }
        return (double) alarms / windows;
    }

    /** As if each image were of a patient of its own. */
    private static List<Observation> each(List<Observation> images) {
        List<Observation> each = new ArrayList<>();
        for (Observation image : images) {
            each.add(new Observation("i" + each.size(), image.values(), image.embedding()));
        }
        return each;
    }

    @Test
    void alarmsWithoutCauseAreAsRareAsAlphaSays() {
        assertThat(alarms(400, 1, 0, true)).as("seed " + SEED).isBetween(0.01, 0.08); // 0.05 and three deviations
    }

    /** Slices of one patient are alike: exchanged one by one, they would make any two groups of patients differ. */
    @Test
    void patientsAreExchangedAsAWhole() {
        assertThat(alarms(100, 5, 2, true)).as("seed " + SEED).isLessThan(0.12);
        assertThat(alarms(40, 5, 2, false)).as("seed " + SEED).isGreaterThan(0.2);
    }

    @Test
    void aShiftIsFoundAndNamed() {
        Random random = new Random(SEED);
        Monitor monitor = monitor(images(random, 60, 1, 0, 0), 0.05);
        Monitor.Window window = monitor.judge(7, images(random, 40, 1, 0, 1));
        assertThat(window.verdict()).isEqualTo(Verdict.WATCH);
        assertThat(window.reasons())
                .first()
                .asString()
                .startsWith("mean: mean ")
                .containsPattern("\\((ks|rank|mean) [01]\\.");
        assertThat(window.number()).isEqualTo(7);
        assertThat(monitor.judge(1, images(random, 40, 1, 0, 5)).verdict())
                .as("too far to trust an estimate")
                .isEqualTo(Verdict.RETRAIN);
    }

    /** The file of a reference has numbers of 32 bits. */
    @Test
    void roundingIsNoShift() {
        Random random = new Random(SEED);
        List<Observation> reference = images(random, 60, 1, 0, 0);
        List<Observation> window = images(random, 40, 1, 0, 0);
        reference.forEach(o -> o.values().put(Feature.SPACING, (double) 1.37f));
        window.forEach(o -> o.values().put(Feature.SPACING, 1.37));
        assertThat(monitor(reference, 0.05).judge(1, window).drifts())
                .filteredOn(d -> d.feature().equals("spacing"))
                .hasSize(4)
                .allSatisfy(d -> assertThat(d.p()).isEqualTo(1));
    }

    /** Each image a little larger: the ranks show it where the largest difference of the distributions does not. */
    @Test
    void aSmallShiftOfAllImagesIsShownByTheirRanks() {
        Random random = new Random(SEED);
        int[] found = new int[2];
        for (int run = 0; run < 40; run++) {
            Monitor monitor = monitor(images(random, 120, 1, 0, 0), 0.05);
            for (Drift d : monitor.judge(1, images(random, 80, 1, 0, 0.5)).drifts()) {
                if (d.feature().equals("mean") && d.p() <= 0.001) {
                    found[0] += d.test().equals("rank") ? 1 : 0;
                    found[1] += d.test().equals("ks") ? 1 : 0;
                }
            }
        }
        assertThat(found[0]).as("seed " + SEED + ", by ks " + found[1]).isGreaterThan(found[1] + 4);
    }

    /** Areas that are all a part larger: the largest of them differ most, which ranks cannot show. */
    @Test
    void aShiftThatMultipliesIsShownByMeans() {
        Random random = new Random(SEED);
        int[] found = new int[2];
        for (int run = 0; run < 40; run++) {
            List<Observation> reference = images(random, 120, 1, 0, 0);
            List<Observation> window = images(random, 80, 1, 0, 0);
            window.forEach(o -> o.values().put(Feature.AREA, 1.3 * Math.sqrt(-2 * Math.log(random.nextDouble()))));
            reference.forEach(o -> o.values().put(Feature.AREA, Math.sqrt(-2 * Math.log(random.nextDouble()))));
            for (Drift d : monitor(reference, 0.05).judge(1, window).drifts()) {
                if (d.feature().equals("area") && d.p() <= 0.001) {
                    found[0] += d.test().equals("mean") ? 1 : 0;
                    found[1] += d.test().equals("rank") ? 1 : 0;
                }
            }
        }
        assertThat(found[0]).as("seed " + SEED + ", by ranks " + found[1]).isGreaterThan(found[1] + 2);
    }

    /** Experts' masks decide, where there are some. */
    @Test
    void measuredDiceOutweighsHowFarImagesAre() {
        Random random = new Random(SEED);
        List<Observation> reference = images(random, 60, 1, 0, 0);
        List<Observation> far = images(random, 40, 1, 0, 5);
        for (double dice : new double[] {0.9, 0.8}) {
            for (List<Observation> images : List.of(reference, far)) {
                double mean = images == reference ? 0.9 : dice;
                images.forEach(o -> o.values().put(Feature.DICE, mean + 0.02 * random.nextGaussian()));
            }
            assertThat(monitor(reference, 0.05).judge(1, far).verdict())
                    .isEqualTo(dice < 0.9 ? Verdict.RETRAIN : Verdict.WATCH);
        }
    }

    @Test
    void tooFewToShowAnythingIsNoVerdict() {
        Random random = new Random(SEED);
        List<Observation> two = images(random, 40, 20, 0, 0);
        assertThatThrownBy(() -> monitor(images(random, 60, 20, 0, 0), 0.05).judge(1, two))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("can show no shift")
                .hasMessageContaining("take images of more patients");
    }
}
