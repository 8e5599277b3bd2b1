package dev.aorta.data;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.Arrays;

/**
 * Numbers of a batch on the host.
 *
 * @param array in row-major order, as many as the shape holds
 * @param shape (N, ..)
 */
public record Values(float[] array, Shape shape) {
    /**
     * {@return a copy on a device}
     *
     * @param device to copy to
     */
    public Tensor on(Device device) {
        return Tensor.of(device, array, shape.dims());
    }

    /** A copy of the samples from {@code from} to before {@code to}. */
    Values rows(int from, int to) {
        int row = array.length / shape.dim(0);
        int[] dims = shape.dims().clone();
        dims[0] = to - from;
        return new Values(Arrays.copyOfRange(array, from * row, to * row), Shape.of(dims));
    }
}
