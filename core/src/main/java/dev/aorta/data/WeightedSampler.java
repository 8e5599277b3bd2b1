package dev.aorta.data;

import dev.aorta.backend.CounterRandom;
import java.util.Arrays;

/** Draws by inverting the cumulative weights; see {@link Sampler#weighted}. */
final class WeightedSampler implements Sampler {
    private final double[] cumulative;
    private final int count;
    private final long seed;

    WeightedSampler(double[] weights, int count, long seed) {
        if (count < 1) {
            throw new IllegalArgumentException("[data] an epoch must have at least 1 sample, got " + count);
        }
        cumulative = new double[weights.length];
        double total = 0;
        for (int i = 0; i < weights.length; i++) {
            if (!(weights[i] >= 0)) {
                throw new IllegalArgumentException("[data] weight " + i + " must not be negative, got " + weights[i]);
            }
            total += weights[i];
            cumulative[i] = total;
        }
        if (!(total > 0 && Double.isFinite(total))) {
            throw new IllegalArgumentException("[data] the weights must have a sum above 0, got " + total);
        }
        this.count = count;
        this.seed = seed;
    }

    @Override
    public int[] order(int size, long epoch) {
        if (size != cumulative.length) {
            throw new IllegalArgumentException(
                    "[data] " + cumulative.length + " weights do not fit a data set of " + size + " samples");
        }
        long stream = CounterRandom.bits(seed, epoch);
        int[] order = new int[count];
        Arrays.setAll(order, i -> find((CounterRandom.bits(stream, i) >>> 11) * 0x1p-53));
        return order;
    }

    @Override
    public int count(int size) {
        return count;
    }

    /** The first sample whose cumulative weight is above the share {@code u} of the total, and so never one of weight 0. */
    private int find(double u) {
        double total = cumulative[cumulative.length - 1];
        double at = Math.min(u * total, Math.nextDown(total));
        int low = 0;
        int high = cumulative.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (cumulative[middle] > at) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
