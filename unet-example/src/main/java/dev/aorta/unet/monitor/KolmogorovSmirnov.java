package dev.aorta.unet.monitor;

import java.util.Comparator;
import java.util.stream.IntStream;

/** The largest difference of two empirical distribution functions, 0 to 1. Images whose value is NaN are on neither side. */
final class KolmogorovSmirnov implements Statistic {
    private final int[] order; // images by value
    private final boolean[] steps; // whether the functions are compared behind an image: not within ties

    KolmogorovSmirnov(double[] pooled) {
        order = IntStream.range(0, pooled.length)
                .filter(i -> !Double.isNaN(pooled[i]))
                .boxed()
                .sorted(Comparator.comparingDouble(i -> pooled[i]))
                .mapToInt(i -> i)
                .toArray();
        steps = new boolean[order.length];
        for (int i = 0; i + 1 < order.length; i++) {
            steps[i] = pooled[order[i]] < pooled[order[i + 1]];
        }
    }

    @Override
    public double of(boolean[] chosen) {
        int inside = 0;
        for (int image : order) {
            inside += chosen[image] ? 1 : 0;
        }
        int outside = order.length - inside;
        if (inside == 0 || outside == 0) {
            return 0;
        }
        long largest = 0; // times both counts
        long seen = 0;
        for (int i = 0; i < order.length; i++) {
            seen += chosen[order[i]] ? 1 : 0;
            if (steps[i]) {
                largest = Math.max(largest, Math.abs(seen * outside - (i + 1 - seen) * inside));
            }
        }
        return (double) largest / ((double) inside * outside);
    }
}
