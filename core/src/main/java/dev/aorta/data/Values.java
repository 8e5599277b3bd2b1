package dev.aorta.data;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.Arrays;

/**
 * Numbers on the host: those of a batch, of a whole data set, or of a file.
 *
 * @param array in row-major order, as many as the shape holds
 * @param shape (N, ..)
 */
public record Values(float[] array, Shape shape) {
    /**
     * Takes the array, without a copy.
     *
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public Values {
        if (array.length != shape.size()) {
            throw new ShapeException("values", shape + " holds " + shape.size() + " values, got " + array.length);
        }
    }

    /**
     * {@return a copy on a device}
     *
     * @param device to copy to
     */
    public Tensor on(Device device) {
        return Tensor.of(device, array, shape.dims());
    }

    /**
     * {@return the same array under another shape}
     *
     * @param dims extents, of as many elements
     */
    public Values reshaped(int... dims) {
        return new Values(array, Shape.of(dims));
    }

    /**
     * {@return a copy in which each value is multiplied}
     *
     * @param factor for example {@code 1 / 255f} for pixels
     */
    public Values times(float factor) {
        float[] scaled = new float[array.length];
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = array[i] * factor;
        }
        return new Values(scaled, shape);
    }

    /**
     * {@return a copy of some samples}
     *
     * @param from first sample
     * @param to one behind the last
     */
    public Values rows(int from, int to) {
        int row = row();
        return of(to - from, Arrays.copyOfRange(array, from * row, to * row));
    }

    /** A copy of some samples, in the order of their indices. */
    Values chosen(int[] indices) {
        int row = row();
        float[] some = new float[Math.multiplyExact(indices.length, row)];
        for (int i = 0; i < indices.length; i++) {
            System.arraycopy(array, indices[i] * row, some, i * row, row);
        }
        return of(indices.length, some);
    }

    /** Shape of one sample. */
    Shape sample() {
        return Shape.of(Arrays.copyOfRange(shape.dims(), 1, shape.rank()));
    }

    /** Values of one sample. */
    int row() {
        return array.length / shape.dim(0);
    }

    private Values of(int count, float[] values) {
        int[] dims = shape.dims().clone();
        dims[0] = count;
        return new Values(values, Shape.of(dims));
    }
}
