package dev.aorta.unet.monitor;

import java.util.Arrays;

/**
 * The population stability index Σ (a − b) ln(a / b) over ten bins that hold as many of the pooled images each, a and b the parts of
 * both sides in a bin, with half an image added to each. Images whose value is NaN are on neither side.
 *
 * <p>The bins are those of the pooled images, where the common definition takes the reference's: only so does a permutation leave
 * them as they are.
 */
final class StabilityIndex implements Statistic {
    private static final int BINS = 10;

    private final int[] bins; // of each image, or -1

    StabilityIndex(double[] pooled) {
        double[] sorted =
                Arrays.stream(pooled).filter(v -> !Double.isNaN(v)).sorted().toArray();
        bins = new int[pooled.length];
        for (int i = 0; i < pooled.length; i++) {
            int bin = Double.isNaN(pooled[i]) ? -1 : 0;
            for (int b = 1; bin >= 0 && b < BINS; b++) {
                bin = pooled[i] >= sorted[(int) ((long) b * sorted.length / BINS)] ? b : bin;
            }
            bins[i] = bin;
        }
    }

    @Override
    public double of(boolean[] chosen) {
        int[] inside = new int[BINS];
        int[] outside = new int[BINS];
        int in = 0;
        int out = 0;
        for (int i = 0; i < bins.length; i++) {
            if (bins[i] >= 0 && chosen[i]) {
                inside[bins[i]]++;
                in++;
            } else if (bins[i] >= 0) {
                outside[bins[i]]++;
                out++;
            }
        }
        if (in == 0 || out == 0) {
            return 0;
        }
        double index = 0;
        for (int b = 0; b < BINS; b++) {
            double a = (inside[b] + 0.5) / (in + 0.5 * BINS);
            double other = (outside[b] + 0.5) / (out + 0.5 * BINS);
            index += (a - other) * Math.log(a / other);
        }
        return index;
    }
}
