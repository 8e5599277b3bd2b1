package dev.aorta.unet.monitor;

import java.util.Arrays;

/**
 * How far the means of both sides are from one another, in standard deviations of all. Images whose value is NaN are on neither side.
 *
 * <p>Where a shift multiplies values, as wider ventricles do areas, it is the large values that move most; the mean shows that, ranks
 * do not. One broken image is enough to hide it from the mean, and not from ranks.
 */
final class MeanDifference implements Statistic {
    private final double[] standard; // values in deviations from the mean of all; NaN where not known
    private final int known;

    MeanDifference(double[] pooled) {
        double[] values = Arrays.stream(pooled).filter(v -> !Double.isNaN(v)).toArray();
        known = values.length;
        double mean = Arrays.stream(values).average().orElse(0);
        double variance = Arrays.stream(values)
                .map(v -> (v - mean) * (v - mean))
                .average()
                .orElse(0);
        double scale = variance > 0 ? 1 / Math.sqrt(variance) : 0;
        standard = Arrays.stream(pooled).map(v -> (v - mean) * scale).toArray();
    }

    @Override
    public double of(int[] chosen) {
        int inside = 0;
        double sum = 0; // that of the others is its negative
        for (int image : chosen) {
            if (!Double.isNaN(standard[image])) {
                inside++;
                sum += standard[image];
            }
        }
        int outside = known - inside;
        return inside == 0 || outside == 0 ? 0 : Math.abs(sum / inside + sum / outside);
    }
}
