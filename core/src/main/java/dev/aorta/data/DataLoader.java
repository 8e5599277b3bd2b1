package dev.aorta.data;

import dev.aorta.Shape;
import dev.aorta.backend.CounterRandom;
import java.util.List;

/**
 * Batches of a data set in a seeded order, read ahead by a thread of its own while the last batch is computed with.
 *
 * <p>The order of epoch e is a Fisher-Yates shuffle drawn from (seed, e); it does not depend on what was read before, so that
 * training can resume at any epoch.
 */
public final class DataLoader {
    private final Dataset dataset;
    private final int batchSize;
    private final boolean shuffle;
    private final long seed;
    private final List<Transform> transforms;

    /**
     * Makes a loader.
     *
     * @param batchSize pairs in a batch; the last one of an epoch may be smaller
     * @param shuffle whether the order is drawn anew for each epoch
     * @param seed of the order
     * @param transforms applied one after another to each pair
     * @throws IllegalArgumentException when the data set is empty or the batch size below 1
     */
    public DataLoader(Dataset dataset, int batchSize, boolean shuffle, long seed, Transform... transforms) {
        if (dataset.size() < 1) {
            throw new IllegalArgumentException("[data] the data set is empty: there is nothing to load");
        }
        if (batchSize < 1) {
            throw new IllegalArgumentException("[data] batch size must be at least 1, got " + batchSize);
        }
        this.dataset = dataset;
        this.batchSize = batchSize;
        this.shuffle = shuffle;
        this.seed = seed;
        this.transforms = List.of(transforms);
    }

    /** Number of batches in an epoch. */
    public int batches() {
        return Math.ceilDiv(dataset.size(), batchSize);
    }

    /** Number of pairs in an epoch. */
    public int size() {
        return dataset.size();
    }

    /**
     * The batches of one epoch. Close it, also when it was not read to its end: that stops the reading thread.
     *
     * @param epoch counted from 0
     */
    public Epoch epoch(long epoch) {
        return new Epoch(this, epoch, order(epoch));
    }

    private int[] order(long epoch) {
        int[] order = new int[dataset.size()];
        for (int i = 0; i < order.length; i++) {
            order[i] = i;
        }
        long stream = CounterRandom.bits(seed, epoch);
        for (int i = order.length - 1; shuffle && i > 0; i--) {
            int j = (int) Long.remainderUnsigned(CounterRandom.bits(stream, i), i + 1L);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }

    /** Reads the pairs of one batch, reusing the arrays of {@code spare} where they fit. */
    Batch read(int[] indices, long epoch, Pair pair, @org.jspecify.annotations.Nullable Batch spare)
            throws java.io.IOException {
        Shape input = batched(indices.length, dataset.inputShape());
        Shape label = batched(indices.length, dataset.labelShape());
        boolean fits = spare != null && spare.inputShape().equals(input);
        float[] inputs = spare != null && fits ? spare.inputs() : new float[input.size()];
        float[] labels = spare != null && fits ? spare.labels() : new float[label.size()];
        for (int i = 0; i < indices.length; i++) {
            dataset.read(indices[i], pair.input, pair.label);
            for (Transform t : transforms) {
                t.apply(pair.input, pair.label, epoch, indices[i]);
            }
            System.arraycopy(pair.input, 0, inputs, i * pair.input.length, pair.input.length);
            System.arraycopy(pair.label, 0, labels, i * pair.label.length, pair.label.length);
        }
        return new Batch(inputs, labels, indices, input, label);
    }

    int batchSize() {
        return batchSize;
    }

    Pair pair() {
        return new Pair(
                new float[dataset.inputShape().size()],
                new float[dataset.labelShape().size()]);
    }

    private static Shape batched(int count, Shape one) {
        int[] dims = new int[one.rank() + 1];
        dims[0] = count;
        System.arraycopy(one.dims(), 0, dims, 1, one.rank());
        return Shape.of(dims);
    }

    /** Where one pair is read and transformed. */
    static final class Pair {
        private final float[] input;
        private final float[] label;

        private Pair(float[] input, float[] label) {
            this.input = input;
            this.label = label;
        }
    }
}
