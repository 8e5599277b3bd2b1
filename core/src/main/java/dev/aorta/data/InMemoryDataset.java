package dev.aorta.data;

import dev.aorta.Shape;
import java.util.Arrays;

/**
 * Inputs and labels in arrays.
 *
 * <pre>{@code
 * InMemoryDataset images = InMemoryDataset.of(rows, digits).withInputShape(28, 28, 1); // float[n][784], int[n]
 * InMemoryDataset.Split parts = images.split(0.9, seed);
 * DataLoader training = new DataLoader(parts.first(), 32).shuffled(seed);
 * }</pre>
 *
 * @param inputs (N, ..), not copied
 * @param labels (N, ..), not copied
 */
public record InMemoryDataset(Values inputs, Values labels) implements Dataset {
    /**
     * Two parts of a data set.
     *
     * @param first the larger one, as a rule: for training
     * @param second the rest
     */
    public record Split(InMemoryDataset first, InMemoryDataset second) {}

    /**
     * Makes a data set.
     *
     * @throws IllegalArgumentException when there are not as many labels as inputs
     */
    public InMemoryDataset {
        if (inputs.shape().rank() < 1
                || labels.shape().rank() < 1
                || inputs.shape().dim(0) != labels.shape().dim(0)) {
            throw new IllegalArgumentException("[data] inputs " + inputs.shape() + " and labels " + labels.shape()
                    + " must have one first axis, the samples");
        }
    }

    /**
     * Samples with a class each.
     *
     * @param inputs a row for each sample, copied
     * @param classes from 0
     * @return inputs (N, length) and labels (N)
     */
    public static InMemoryDataset of(float[][] inputs, int[] classes) {
        float[] labels = new float[classes.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = classes[i];
        }
        return new InMemoryDataset(values(inputs), new Values(labels, Shape.of(labels.length)));
    }

    /**
     * Samples with one number each, for regression: labels are (N, 1), as the output of a network that ends in one.
     *
     * @param inputs a row for each sample, copied
     * @param targets one for each sample, copied
     * @return inputs (N, length) and labels (N, 1)
     */
    public static InMemoryDataset of(float[][] inputs, float[] targets) {
        return new InMemoryDataset(values(inputs), new Values(targets.clone(), Shape.of(targets.length, 1)));
    }

    /**
     * As {@link #of(float[][], float[])}, with the targets rounded to floats.
     *
     * @param inputs a row for each sample, copied
     * @param targets one for each sample
     * @return inputs (N, length) and labels (N, 1)
     */
    public static InMemoryDataset of(float[][] inputs, double[] targets) {
        float[] floats = new float[targets.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) targets[i];
        }
        return of(inputs, floats);
    }

    /**
     * Samples with a row of numbers each.
     *
     * @param inputs a row for each sample, copied
     * @param targets a row for each sample, copied
     * @return inputs and labels, both (N, length)
     */
    public static InMemoryDataset of(float[][] inputs, float[][] targets) {
        return new InMemoryDataset(values(inputs), values(targets));
    }

    private static Values values(float[][] rows) {
        if (rows.length == 0) {
            throw new IllegalArgumentException("[data] there are no samples");
        }
        int length = rows[0].length;
        float[] all = new float[Math.multiplyExact(rows.length, length)];
        for (int i = 0; i < rows.length; i++) {
            if (rows[i].length != length) {
                throw new IllegalArgumentException("[data] sample 0 has " + length + " values and sample " + i + " has "
                        + rows[i].length + ": all must have as many");
            }
            System.arraycopy(rows[i], 0, all, i * length, length);
        }
        return new Values(all, Shape.of(rows.length, length));
    }

    /**
     * {@return the same arrays with another shape of one input, such as (28, 28, 1) for rows of 784}
     *
     * @param dims extents of one input, as many elements as before
     */
    public InMemoryDataset withInputShape(int... dims) {
        int[] all = new int[dims.length + 1];
        all[0] = size();
        System.arraycopy(dims, 0, all, 1, dims.length);
        return new InMemoryDataset(inputs.reshaped(all), labels);
    }

    /**
     * {@return the same labels with other inputs, such as {@code inputs().times(1 / 255f)}}
     *
     * @param others (N, ..)
     */
    public InMemoryDataset withInputs(Values others) {
        return new InMemoryDataset(others, labels);
    }

    /**
     * Two parts, drawn at random and copied.
     *
     * @param share of the samples that the first part gets, above 0 and below 1
     * @param seed of the draw
     * @return both parts, in an order of their own
     * @throws IllegalArgumentException when a part would be empty
     */
    public Split split(double share, long seed) {
        int count = (int) Math.round(share * size());
        if (!(share > 0 && share < 1) || count == 0 || count == size()) {
            throw new IllegalArgumentException(
                    "[data] a share of " + share + " of " + size() + " samples leaves a part empty");
        }
        int[] order = Sampler.shuffled(seed).order(size(), 0);
        return new Split(chosen(Arrays.copyOf(order, count)), chosen(Arrays.copyOfRange(order, count, order.length)));
    }

    /**
     * {@return some samples, copied}
     *
     * @param indices of the samples, in the order wanted
     */
    public InMemoryDataset chosen(int... indices) {
        return new InMemoryDataset(inputs.chosen(indices), labels.chosen(indices));
    }

    @Override
    public int size() {
        return inputs.shape().dim(0);
    }

    @Override
    public Shape inputShape() {
        return inputs.sample();
    }

    @Override
    public Shape labelShape() {
        return labels.sample();
    }

    @Override
    public void read(int index, float[] input, float[] label) {
        System.arraycopy(inputs.array(), index * inputs.row(), input, 0, inputs.row());
        System.arraycopy(labels.array(), index * labels.row(), label, 0, labels.row());
    }
}
