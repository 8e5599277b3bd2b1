package dev.aorta.data;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.Arrays;

/**
 * Some pairs, side by side.
 *
 * @param inputs (N, ..) in row-major order; reused for later batches once the next one is asked for
 * @param labels (N, ..) class indices; reused as inputs is
 * @param indices of the pairs in their data set
 * @param inputShape (N, ..)
 * @param labelShape (N, ..)
 */
public record Batch(float[] inputs, float[] labels, int[] indices, Shape inputShape, Shape labelShape) {
    /** Number of pairs. */
    public int size() {
        return indices.length;
    }

    /** The inputs on a device. */
    public Tensor inputs(Device device) {
        return Tensor.of(device, inputs, inputShape.dims());
    }

    /** The labels on a device. */
    public Tensor labels(Device device) {
        return Tensor.of(device, labels, labelShape.dims());
    }

    @Override
    public String toString() {
        return "Batch " + inputShape + " of pairs " + Arrays.toString(indices);
    }
}
