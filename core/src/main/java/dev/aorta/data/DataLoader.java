package dev.aorta.data;

import dev.aorta.Shape;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Batches of a data set, read ahead by threads of their own while the last batch is computed with. What is in them and their
 * order depend on neither the number of threads nor on what was read before, so that training can resume at any epoch. Immutable:
 * each setting gives a new loader.
 *
 * <pre>{@code
 * DataLoader training = new DataLoader(dataset, 32).shuffled(seed).dropLast().threads(4);
 * }</pre>
 */
public final class DataLoader {
    private final MultiInputDataset dataset;
    private final int batchSize;
    private final Sampler sampler;
    private final boolean dropLast;
    private final int threads;
    private final List<MultiInputTransform> transforms;
    private final IntUnaryOperator from; // first row of a batch of so many samples that is read
    private final IntUnaryOperator to;

    /**
     * Makes a loader of all samples as they lie, read by one thread; the last batch of an epoch may be smaller.
     *
     * @param dataset read by index
     * @param batchSize samples in a batch
     * @throws IllegalArgumentException when the data set is empty or the batch size below 1
     */
    public DataLoader(MultiInputDataset dataset, int batchSize) {
        this(dataset, batchSize, Sampler.sequential(), false, 1, List.of(), size -> 0, size -> size);
    }

    private DataLoader(
            MultiInputDataset dataset,
            int batchSize,
            Sampler sampler,
            boolean dropLast,
            int threads,
            List<MultiInputTransform> transforms,
            IntUnaryOperator from,
            IntUnaryOperator to) {
        require(dataset.size() >= 1, "the data set is empty: there is nothing to load");
        require(batchSize >= 1, "batch size must be at least 1, got " + batchSize);
        require(threads >= 1, "reading threads must be at least 1, got " + threads);
        this.dataset = dataset;
        this.batchSize = batchSize;
        this.sampler = sampler;
        this.dropLast = dropLast;
        this.threads = threads;
        this.transforms = transforms;
        this.from = from;
        this.to = to;
        require(
                batches() >= 1,
                "without the last, smaller batch nothing is left: " + sampler.count(dataset.size())
                        + " samples do not fill a batch of " + batchSize);
    }

    /**
     * A loader that draws the order anew for each epoch; {@link Sampler#shuffled}.
     *
     * @param seed of the order, with the number of the epoch
     * @return the loader
     */
    public DataLoader shuffled(long seed) {
        return sampler(Sampler.shuffled(seed));
    }

    /**
     * A loader of another choice and order.
     *
     * @param other of the data set's samples
     * @return the loader
     */
    public DataLoader sampler(Sampler other) {
        return new DataLoader(dataset, batchSize, other, dropLast, threads, transforms, from, to);
    }

    /**
     * A loader that leaves out a last batch that is not full.
     *
     * @return the loader
     * @throws IllegalArgumentException when nothing would be left
     */
    public DataLoader dropLast() {
        return new DataLoader(dataset, batchSize, sampler, true, threads, transforms, from, to);
    }

    /**
     * A loader that reads several batches at once, each on a thread of its own.
     *
     * @param count at least 1
     * @return the loader
     */
    public DataLoader threads(int count) {
        return new DataLoader(dataset, batchSize, sampler, dropLast, count, transforms, from, to);
    }

    /**
     * A loader that also changes each pair, after what changes it already.
     *
     * @param transform applied by the reading threads
     * @return the loader
     */
    public DataLoader transform(Transform transform) {
        return transformInputs(transform);
    }

    /**
     * {@link #transform} of samples of several inputs.
     *
     * @param transform applied by the reading threads
     * @return the loader
     */
    public DataLoader transformInputs(MultiInputTransform transform) {
        List<MultiInputTransform> all = new ArrayList<>(transforms);
        all.add(transform);
        return new DataLoader(dataset, batchSize, sampler, dropLast, threads, List.copyOf(all), from, to);
    }

    /**
     * A loader that reads only some rows of each batch, such as those that one of several processes computes. In the place of the others
     * zeros stand; indices, order and what is read are those of whole batches.
     *
     * @param first row that is read, by the number of samples in the batch
     * @param end one behind the last row that is read, by the same number
     * @return the loader, whose epochs throw an {@link IndexOutOfBoundsException} where a batch has no such rows
     */
    public DataLoader rows(IntUnaryOperator first, IntUnaryOperator end) {
        return new DataLoader(dataset, batchSize, sampler, dropLast, threads, transforms, first, end);
    }

    /** {@return the number of batches in an epoch} */
    public int batches() {
        int count = sampler.count(dataset.size());
        return dropLast ? count / batchSize : Math.ceilDiv(count, batchSize);
    }

    /** {@return the number of samples in an epoch} */
    public int size() {
        int count = sampler.count(dataset.size());
        return dropLast ? count - count % batchSize : count;
    }

    /**
     * The batches of one epoch. Close it, also when it was not read to its end: that stops the reading threads.
     *
     * @param epoch counted from 0
     * @return the batches
     * @throws IllegalArgumentException when the sampler gives another number of indices than it says, or one that there is not
     */
    public Epoch epoch(long epoch) {
        return epoch(epoch, 0);
    }

    /**
     * The batches of one epoch from one on; those before it are not read.
     *
     * @param epoch counted from 0
     * @param first batch, from 0 to {@link #batches()}, for which nothing is left
     * @return to be closed
     * @throws IllegalArgumentException as of {@link #epoch(long)}, or when there is no such batch
     */
    public Epoch epoch(long epoch, int first) {
        require(
                first >= 0 && first <= batches(),
                "there is no batch " + first + " in an epoch of " + batches() + " batches");
        int[] order = sampler.order(dataset.size(), epoch);
        int count = sampler.count(dataset.size());
        require(order.length == count, "the sampler gave " + order.length + " indices, not " + count);
        for (int index : order) {
            if (index < 0 || index >= dataset.size()) {
                throw new IllegalArgumentException(
                        "[data] the sampler gave index " + index + " of a data set of " + dataset.size());
            }
        }
        return new Epoch(this, epoch, order, first);
    }

    /** Reads the samples of one batch, reusing the arrays of {@code spare} where they fit. */
    Batch read(int[] indices, long epoch, Sample sample, @Nullable Batch spare) throws IOException {
        boolean fits = spare != null && spare.size() == indices.length;
        Batch batch = spare != null && fits ? new Batch(spare.inputs(), spare.labels(), indices) : empty(indices);
        int end = to.applyAsInt(indices.length);
        for (int i = Objects.checkFromToIndex(from.applyAsInt(indices.length), end, indices.length); i < end; i++) {
            dataset.read(indices[i], sample.inputs, sample.label);
            for (MultiInputTransform t : transforms) {
                t.apply(sample.inputs, sample.label, epoch, indices[i]);
            }
            for (int k = 0; k < sample.inputs.length; k++) {
                put(sample.inputs[k], batch.inputs().get(k), i);
            }
            put(sample.label, batch.labels(), i);
        }
        return batch;
    }

    int batchSize() {
        return batchSize;
    }

    int threads() {
        return Math.min(threads, batches());
    }

    Sample sample() {
        return new Sample(
                dataset.inputShapes().stream().map(s -> new float[s.size()]).toArray(float[][]::new),
                new float[dataset.labelShape().size()]);
    }

    /** Where one sample is read and transformed. */
    record Sample(float[][] inputs, float[] label) {}

    private Batch empty(int[] indices) {
        List<Values> inputs = dataset.inputShapes().stream()
                .map(s -> empty(indices.length, s))
                .toList();
        return new Batch(inputs, empty(indices.length, dataset.labelShape()), indices);
    }

    private static Values empty(int count, Shape one) {
        int[] dims = new int[one.rank() + 1];
        dims[0] = count;
        System.arraycopy(one.dims(), 0, dims, 1, one.rank());
        Shape shape = Shape.of(dims);
        return new Values(new float[shape.size()], shape);
    }

    private static void put(float[] one, Values batch, int at) {
        System.arraycopy(one, 0, batch.array(), at * one.length, one.length);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("[data] " + rule);
        }
    }
}
