package dev.aorta.unet.monitor;

import java.util.Arrays;

/** The largest difference of two empirical distribution functions, 0 to 1. Images whose value is NaN are on neither side. */
final class KolmogorovSmirnov implements Statistic {
    private final int[] below; // of each image, how many have a smaller value; -1 where its own is not known
    private final int[] upTo; // and how many a value that is not larger
    private final int known;

    KolmogorovSmirnov(double[] pooled) {
        double[] sorted =
                Arrays.stream(pooled).filter(v -> !Double.isNaN(v)).sorted().toArray();
        known = sorted.length;
        below = new int[pooled.length];
        upTo = new int[known];
        for (int i = 0, next; i < known; i = next) {
            next = i + 1;
            while (next < known && sorted[next] == sorted[i]) {
                next++;
            }
            upTo[i] = next;
        }
        for (int i = 0; i < pooled.length; i++) {
            below[i] = Double.isNaN(pooled[i]) ? -1 : first(sorted, pooled[i]);
        }
    }

    /** Place of the first one of a value that is there. */
    private static int first(double[] sorted, double value) {
        int at = Arrays.binarySearch(sorted, value);
        while (at > 0 && sorted[at - 1] == value) {
            at--;
        }
        return at;
    }

    /** The functions are farthest from one another just below, or at, a value of an image that is chosen. */
    @Override
    public double of(int[] chosen) {
        int[] places = new int[chosen.length];
        int inside = 0;
        for (int image : chosen) {
            if (below[image] >= 0) {
                places[inside++] = below[image];
            }
        }
        long in = inside;
        long out = known - in;
        if (in == 0 || out == 0) {
            return 0;
        }
        Arrays.sort(places, 0, inside);
        long largest = 0; // times both counts
        for (int i = 0, next; i < inside; i = next) {
            next = i + 1;
            while (next < inside && places[next] == places[i]) {
                next++;
            }
            long before = i * out - (places[i] - i) * in;
            long after = next * out - (upTo[places[i]] - next) * in;
            largest = Math.max(largest, Math.max(Math.abs(before), Math.abs(after)));
        }
        return (double) largest / ((double) in * out);
    }
}
