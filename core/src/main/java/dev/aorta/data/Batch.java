package dev.aorta.data;

import dev.aorta.Device;
import dev.aorta.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Some samples, side by side.
 *
 * @param inputs one or more, each (N, ..); the arrays are reused for later batches once the next one is asked for
 * @param labels (N, ..); reused as the inputs are
 * @param indices of the samples in their data set
 */
public record Batch(List<Values> inputs, Values labels, int[] indices) {
    /** {@return the number of samples} */
    public int size() {
        return indices.length;
    }

    /** {@return the only input, or the first of several} */
    public Values input() {
        return inputs.getFirst();
    }

    /**
     * {@link #input()} on a device.
     *
     * @param device to compute on
     * @return a new tensor, (N, ..)
     */
    public Tensor input(Device device) {
        return input().on(device);
    }

    /**
     * All inputs on a device.
     *
     * @param device to compute on
     * @return new tensors, (N, ..), in the order of the data set
     */
    public List<Tensor> inputs(Device device) {
        return inputs.stream().map(v -> v.on(device)).toList();
    }

    /**
     * The labels on a device.
     *
     * @param device to compute on
     * @return a new tensor, (N, ..)
     */
    public Tensor labels(Device device) {
        return labels.on(device);
    }

    /**
     * The samples from {@code from} to before {@code to}: this batch where that is all, and a copy otherwise.
     *
     * @param from first sample
     * @param to behind the last sample
     * @return the samples
     */
    public Batch rows(int from, int to) {
        return from == 0 && to == size()
                ? this
                : new Batch(
                        inputs.stream().map(v -> v.rows(from, to)).toList(),
                        labels.rows(from, to),
                        Arrays.copyOfRange(indices, from, to));
    }

    @Override
    public String toString() {
        return "Batch " + input().shape() + " of samples " + Arrays.toString(indices);
    }
}
