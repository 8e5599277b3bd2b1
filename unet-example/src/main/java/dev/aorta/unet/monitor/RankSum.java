package dev.aorta.unet.monitor;

import java.util.Arrays;

/**
 * How far the Mann-Whitney statistic |U / (m n) − 1/2| is from chance, 0 to 1/2: U counts the pairs of an image of either side in which
 * the one of the chosen side has the larger value, equal ones by half; m and n are the images of the sides. Images whose value is NaN
 * are on neither.
 *
 * <p>It answers to one thing alone, that values have become larger or smaller, and sees that in fewer images than statistics that
 * answer to any difference.
 *
 * @see <a href="https://doi.org/10.1214/aoms/1177730491">Mann and Whitney 1947: On a test of whether one of two random variables is
 *     stochastically larger than the other</a>
 */
final class RankSum implements Statistic {
    private final double[] ranks; // from 1, of equal values their mean; NaN of a value that is not known
    private final int known;

    RankSum(double[] pooled) {
        double[] sorted =
                Arrays.stream(pooled).filter(v -> !Double.isNaN(v)).sorted().toArray();
        known = sorted.length;
        ranks = new double[pooled.length];
        for (int i = 0; i < pooled.length; i++) {
            ranks[i] = Double.isNaN(pooled[i]) ? Double.NaN : rank(sorted, pooled[i]);
        }
    }

    private static double rank(double[] sorted, double value) {
        int first = Arrays.binarySearch(sorted, value);
        int last = first;
        while (first > 0 && sorted[first - 1] == value) {
            first--;
        }
        while (last + 1 < sorted.length && sorted[last + 1] == value) {
            last++;
        }
        return 1 + (first + last) / 2.0;
    }

    @Override
    public double of(int[] chosen) {
        int inside = 0;
        double sum = 0;
        for (int image : chosen) {
            if (!Double.isNaN(ranks[image])) {
                inside++;
                sum += ranks[image];
            }
        }
        double pairs = (double) inside * (known - inside);
        return pairs == 0 ? 0 : Math.abs((sum - inside * (inside + 1.0) / 2) / pairs - 0.5);
    }
}
