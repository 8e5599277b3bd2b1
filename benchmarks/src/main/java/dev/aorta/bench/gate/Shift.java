package dev.aorta.bench.gate;

import java.util.Arrays;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.stat.StatUtils;
import org.apache.commons.math3.stat.inference.MannWhitneyUTest;

/**
 * How far one sample lies above another: the Hodges-Lehmann estimate (median of all pairwise differences), its rank confidence
 * interval, and the two-sided p-value of the Mann-Whitney U test in the normal approximation.
 *
 * @param estimate median of {@code y_j - x_i}
 * @param low lower end of the interval
 * @param high upper end of the interval
 * @param p chance of ranks this uneven when both samples come from one distribution
 * @see <a href="https://doi.org/10.1214/aoms/1177704172">Hodges and Lehmann 1963</a>
 */
record Shift(double estimate, double low, double high, double p) {
    /** Samples below this size cannot reach a p-value under 0.05 two-sided in the exact test. */
    static final int FEWEST = 4;

    /**
     * The shift from x to y.
     *
     * @param alpha one minus the confidence, for example 0.05
     */
    static Shift between(double[] x, double[] y, double alpha) {
        double[] differences = new double[x.length * y.length];
        Arrays.setAll(differences, i -> y[i % y.length] - x[i / y.length]);
        Arrays.sort(differences);
        int pairs = differences.length;
        double deviation = Math.sqrt(pairs * (x.length + y.length + 1) / 12.0);
        double z = new NormalDistribution().inverseCumulativeProbability(1 - alpha / 2);
        int rank = Math.clamp((long) Math.floor(pairs / 2.0 - z * deviation), 1, pairs);
        double p = new MannWhitneyUTest().mannWhitneyUTest(x, y);
        return new Shift(StatUtils.percentile(differences, 50), differences[rank - 1], differences[pairs - rank], p);
    }
}
