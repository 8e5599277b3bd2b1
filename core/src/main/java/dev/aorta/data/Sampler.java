package dev.aorta.data;

import dev.aorta.backend.CounterRandom;
import java.util.Arrays;

/**
 * Which samples of a data set make an epoch, and in which order. It must be a function of its arguments alone, so that a training
 * can resume at any epoch.
 */
@FunctionalInterface
public interface Sampler {
    /**
     * The indices of an epoch; one may come several times or not at all.
     *
     * @param size of the data set
     * @param epoch counted from 0
     * @return {@code count(size)} indices from 0 to {@code size - 1}
     */
    int[] order(int size, long epoch);

    /**
     * {@return the number of samples in an epoch of a data set of {@code size} samples}
     *
     * @param size samples in the data set
     */
    default int count(int size) {
        return size;
    }

    /** {@return a sampler of every sample once, as they lie} */
    static Sampler sequential() {
        return (size, epoch) -> ascending(size);
    }

    /**
     * Every sample once, in a Fisher-Yates shuffle that is drawn from (seed, epoch).
     *
     * @param seed of all epochs
     * @return the sampler
     */
    static Sampler shuffled(long seed) {
        return (size, epoch) -> {
            int[] order = ascending(size);
            long stream = CounterRandom.bits(seed, epoch);
            for (int i = size - 1; i > 0; i--) {
                int j = (int) Long.remainderUnsigned(CounterRandom.bits(stream, i), i + 1L);
                int swap = order[i];
                order[i] = order[j];
                order[j] = swap;
            }
            return order;
        };
    }

    /**
     * Samples drawn with replacement, each with a probability in proportion to its weight, from (seed, epoch).
     *
     * @param weights of each sample of the data set, not negative and not all 0; copied
     * @param count samples in an epoch, at least 1
     * @param seed of all epochs
     * @return the sampler
     */
    static Sampler weighted(double[] weights, int count, long seed) {
        return new WeightedSampler(weights, count, seed);
    }

    /**
     * Every {@code shards}-th sample of this order, from number {@code shard} on: the part of one of several processes that train
     * together. All parts are equally long; where the order does not divide, its first samples come twice, as in PyTorch's {@code
     * DistributedSampler}.
     *
     * @param shard from 0 to {@code shards - 1}
     * @param shards number of parts, at least 1
     * @return the sampler of this part
     */
    default Sampler shard(int shard, int shards) {
        if (shard < 0 || shard >= shards) {
            throw new IllegalArgumentException(
                    "[data] there is no shard " + shard + " of " + shards + "; they are counted from 0");
        }
        Sampler whole = this;
        return new Sampler() {
            @Override
            public int[] order(int size, long epoch) {
                int[] all = whole.order(size, epoch);
                int[] part = new int[count(size)];
                for (int i = 0; i < part.length; i++) {
                    part[i] = all[(int) ((i * (long) shards + shard) % all.length)];
                }
                return part;
            }

            @Override
            public int count(int size) {
                return Math.ceilDiv(whole.count(size), shards);
            }
        };
    }

    private static int[] ascending(int size) {
        int[] order = new int[size];
        Arrays.setAll(order, i -> i);
        return order;
    }
}
