package dev.aorta.jmhgate;

import java.util.Arrays;

/**
 * How far one sample lies above another: the Hodges-Lehmann estimate (median of all pairwise differences), its rank confidence
 * interval, and the one-sided p-values of the Mann-Whitney test, all exact, also with ties.
 *
 * @param estimate median of {@code y_j - x_i}
 * @param low lower end of the interval
 * @param high upper end of the interval
 * @param above chance of ranks at least as much in favour of y when both samples come from one distribution
 * @param below the same in favour of x
 * @see <a href="https://doi.org/10.1214/aoms/1177730491">Mann and Whitney 1947</a>
 * @see <a href="https://doi.org/10.1214/aoms/1177704172">Hodges and Lehmann 1963</a>
 */
record Shift(double estimate, double low, double high, double above, double below) {

    /**
     * The shift from x to y.
     *
     * @param alpha the most that each end of the interval may miss, for example 0.02
     * @throws IllegalArgumentException when a sample is empty or larger than {@link RankSum#MOST}
     */
    static Shift between(double[] x, double[] y, double alpha) {
        int most = Math.max(x.length, y.length);
        if (Math.min(x.length, y.length) == 0 || most > RankSum.MOST) {
            throw new IllegalArgumentException(
                    "base has " + x.length + " forks, head " + y.length + "; each needs 1 to " + RankSum.MOST);
        }
        double[] differences = new double[x.length * y.length];
        Arrays.setAll(differences, i -> y[i % y.length] - x[i / y.length]);
        Arrays.sort(differences);
        int end = Math.max(0, RankSum.rank(x.length, y.length, alpha) - 1);

        int[] ranks = doubledRanks(x, y);
        int sum = 0;
        for (int i = x.length; i < ranks.length; i++) {
            sum += ranks[i];
        }
        double[] ways = RankSum.ways(ranks, y.length);
        double total = Arrays.stream(ways).sum();
        double above = Arrays.stream(ways, sum, ways.length).sum() / total;
        double below = Arrays.stream(ways, 0, sum + 1).sum() / total;
        return new Shift(
                median(differences), differences[end], differences[differences.length - 1 - end], above, below);
    }

    /** Twice the ranks in the pooled sample, x first; ties share the mean of theirs. */
    private static int[] doubledRanks(double[] x, double[] y) {
        double[] all = Arrays.copyOf(x, x.length + y.length);
        System.arraycopy(y, 0, all, x.length, y.length);
        int[] ranks = new int[all.length];
        for (int i = 0; i < all.length; i++) {
            for (double other : all) {
                ranks[i] += other < all[i] ? 2 : other == all[i] ? 1 : 0;
            }
            ranks[i]++; // itself counts as a tie, 1 of the 2 that its own place takes
        }
        return ranks;
    }

    /** The middle of values, or the mean of the two in the middle. */
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
