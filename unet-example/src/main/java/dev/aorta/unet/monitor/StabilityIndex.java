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
    private final int[] known = new int[BINS]; // images of each bin

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
            if (bin >= 0) {
                known[bin]++;
            }
        }
    }

    @Override
    public double of(int[] chosen) {
        int[] inside = new int[BINS];
        int in = 0;
        for (int image : chosen) {
            if (bins[image] >= 0) {
                inside[bins[image]]++;
                in++;
            }
        }
        int out = Arrays.stream(known).sum() - in;
        if (in == 0 || out == 0) {
            return 0;
        }
        double index = 0;
        for (int b = 0; b < BINS; b++) {
            double a = (inside[b] + 0.5) / (in + 0.5 * BINS);
            double other = (known[b] - inside[b] + 0.5) / (out + 0.5 * BINS);
            index += (a - other) * Math.log(a / other);
        }
        return index;
    }
}
