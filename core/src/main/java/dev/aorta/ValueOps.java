package dev.aorta;

import dev.aorta.backend.Strided;
import java.lang.ref.Reference;
import java.util.Arrays;

/** Values read, and set in place. */
sealed interface ValueOps permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /** {@return the values in row-major order, as a copy on the host} */
    default float[] toArray() {
        float[] values = new float[self().shape().size()];
        copyTo(values);
        return values;
    }

    /**
     * Copies the values to the host.
     *
     * @param values as many as this tensor has elements; receives them in row-major order
     * @throws ShapeException when there are not as many values as the shape holds
     */
    default void copyTo(float[] values) {
        Checks.count("copyTo", self().shape(), values);
        self().device().backend().download(values, self().buffer());
        Reference.reachabilityFence(this);
    }

    /**
     * The single value of a scalar.
     *
     * @return the value
     * @throws ShapeException when there is more than one
     */
    default double item() {
        Shape shape = self().shape();
        if (shape.size() != 1) {
            throw new ShapeException("item", "needs a tensor with one element, got " + shape);
        }
        double value = self().device().backend().readScalar(self().buffer());
        Reference.reachabilityFence(this);
        return value;
    }

    /**
     * One element.
     *
     * @param index from 0, one for each axis
     * @return the value
     * @throws ShapeException when there is no such element
     */
    default double get(int... index) {
        Shape shape = self().shape();
        int at = 0;
        boolean inside = index.length == shape.rank();
        for (int axis = 0; inside && axis < index.length; axis++) {
            inside = index[axis] >= 0 && index[axis] < shape.dim(axis);
            at = at * shape.dim(axis) + index[axis];
        }
        if (!inside) {
            throw new ShapeException("get", "there is no element " + Arrays.toString(index) + " in " + shape);
        }
        return self().element(at);
    }

    /**
     * The same values on another device, as a leaf; this tensor itself where it is already there.
     *
     * @param other where it will be
     * @return a tensor of this shape
     * @throws IllegalStateException when this has a gradient that would be recorded: a history cannot cross devices
     */
    default Tensor to(Device other) {
        Tensor x = self();
        if (other.backend() == x.device().backend() || Scope.dry()) {
            return x;
        }
        if (x.hasGradient() && Scope.recording()) {
            throw new IllegalStateException("[to] the gradient of " + x.describe() + " cannot come back from " + other
                    + ": detach() it first to go on with its values alone, or open a Scope.noGrad()");
        }
        return Tensor.of(other, toArray(), x.shape().dims());
    }

    /**
     * Sets all values in place. What was recorded with the old ones is then differentiated with the new ones, so call {@link
     * Tensor#backward()} before.
     *
     * @param value of all elements
     */
    default void fill(float value) {
        self().kernels().fill(self().buffer(), value);
    }

    /**
     * Takes over the values of another tensor in place, on the device, without being recorded; see {@link #fill(float)}.
     *
     * @param values of the same shape and device
     */
    default void assign(Tensor values) {
        Tensor x = self();
        Checks.shape("assign", "the source", values, x.shape(), x);
        Checks.device("assign", x, values);
        if (values != x) {
            x.kernels()
                    .copy(x.buffer(), values.buffer(), Strided.whole(x.shape().size()));
        }
    }
}
