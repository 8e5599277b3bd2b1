package dev.aorta;

import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.Reduction;
import dev.aorta.op.MatMul;
import dev.aorta.op.Reduce;
import dev.aorta.op.Softmax;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sums, extrema and products. Axes are counted from 0, or from the last, which is -1; where none is named, all are meant.
 */
sealed interface ReductionOps permits Tensor {
    private Tensor self() {
        return (Tensor) this;
    }

    /**
     * A reduction over some axes.
     *
     * @param f the reduction
     * @param keepAxes whether the reduced axes stay as 1
     * @param axes from 0, or counted from the last, which is -1; none for all
     * @return this shape without the axes, or with 1 in their places
     * @throws ShapeException when an axis does not exist or is named twice
     */
    default Tensor reduce(Reduction f, boolean keepAxes, int... axes) {
        Shape shape = self().shape();
        boolean[] reduced = new boolean[shape.rank()];
        Arrays.fill(reduced, axes.length == 0);
        for (int named : axes) {
            int axis = Checks.axis(f.label(), shape, named);
            if (reduced[axis]) {
                throw new ShapeException(f.label(), "axis " + named + " of " + shape + " is named twice");
            }
            reduced[axis] = true;
        }
        int[] kept = shape.dims();
        int rest = 0;
        int[] dropped = new int[kept.length];
        for (int i = 0; i < kept.length; i++) {
            if (reduced[i]) {
                kept[i] = 1;
            } else {
                dropped[rest++] = kept[i];
            }
        }
        Shape keptShape = Shape.of(kept);
        Shape output = keepAxes ? keptShape : Shape.of(Arrays.copyOf(dropped, rest));
        return Tensor.apply(new Reduce(f, shape, keptShape, output), self());
    }

    /**
     * Sum over axes, which vanish.
     *
     * @param axes from 0, or counted from the last, which is -1; none for all
     * @return this shape without the axes; a scalar where none is left
     */
    default Tensor sum(int... axes) {
        return reduce(Reduction.SUM, false, axes);
    }

    /**
     * Mean over axes, which vanish.
     *
     * @param axes from 0, or counted from the last, which is -1; none for all
     * @return this shape without the axes; a scalar where none is left
     */
    default Tensor mean(int... axes) {
        return reduce(Reduction.MEAN, false, axes);
    }

    /**
     * Largest over axes, which vanish; NaN wins. Equals share the gradient.
     *
     * @param axes from 0, or counted from the last, which is -1; none for all
     * @return this shape without the axes; a scalar where none is left
     */
    default Tensor max(int... axes) {
        return reduce(Reduction.MAX, false, axes);
    }

    /**
     * Smallest over axes, which vanish; NaN wins. Equals share the gradient.
     *
     * @param axes from 0, or counted from the last, which is -1; none for all
     * @return this shape without the axes; a scalar where none is left
     */
    default Tensor min(int... axes) {
        return reduce(Reduction.MIN, false, axes);
    }

    /**
     * {@code ln(sum of e^x)} over axes, which vanish; never overflows.
     *
     * @param axes from 0, or counted from the last, which is -1; none for all
     * @return this shape without the axes; a scalar where none is left
     */
    default Tensor logSumExp(int... axes) {
        return reduce(Reduction.LOG_SUM_EXP, false, axes);
    }

    /**
     * Index of the largest element of the last axis, the first of equals; has no gradient.
     *
     * @return this shape without its last axis; whole numbers as floats
     */
    default Tensor argmax() {
        return argmax(-1);
    }

    /**
     * Index of the largest element along an axis, which vanishes; the first of equals; has no gradient.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @return this shape without the axis; whole numbers as floats
     */
    default Tensor argmax(int axis) {
        return reduce(Reduction.ARGMAX, false, axis);
    }

    /**
     * Index of the smallest element along an axis, which vanishes; the first of equals; has no gradient.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @return this shape without the axis; whole numbers as floats
     */
    default Tensor argmin(int axis) {
        return reduce(Reduction.ARGMIN, false, axis);
    }

    /**
     * {@code exp(x) / sum of exp(x)} over the last axis.
     *
     * @return this shape
     */
    default Tensor softmax() {
        Checks.lastAxis("softmax", self());
        return Tensor.apply(new Softmax(self().shape()), self());
    }

    /**
     * {@code x - ln(sum of e^x)} over the last axis: the logarithm of {@link #softmax()}, without its rounding to 0.
     *
     * @return this shape
     */
    default Tensor logSoftmax() {
        Checks.lastAxis("logSoftmax", self());
        return self().sub(reduce(Reduction.LOG_SUM_EXP, true, -1));
    }

    /**
     * Matrix product of this (.., m, k); leading axes are a batch and are broadcast.
     *
     * @param b (.., k, n)
     * @return (.., m, n)
     */
    default Tensor matmul(Tensor b) {
        return product("matmul", b, false);
    }

    /**
     * Linear map of rows: {@code x * weight^T + bias} of this (.., in).
     *
     * @param weight (out, in)
     * @param bias (out), or null for none
     * @return (.., out)
     */
    default Tensor linear(Tensor weight, @Nullable Tensor bias) {
        Hints.input(self(), weight);
        Tensor y = product("linear", weight, true);
        if (bias == null) {
            return y;
        }
        Checks.shape("linear", "bias", bias, Shape.of(weight.shape().dim(0)), self());
        return y.add(bias);
    }

    private Tensor product(String name, Tensor b, boolean transposeB) {
        Shape left = self().shape();
        Shape right = b.shape();
        String roles = String.format(
                "%n    left    %-20s (.., m, k)%n    right   %-20s %s",
                left, right, transposeB ? "(n, k)" : "(.., k, n)");
        boolean rightFits = transposeB ? right.rank() == 2 : right.rank() >= 2;
        if (left.rank() < (transposeB ? 1 : 2) || !rightFits) {
            throw new ShapeException(name, Checks.named(b) + "needs matrices of two axes or more" + roles);
        }
        int k = left.dim(-1);
        if (right.dim(transposeB ? -1 : -2) != k) {
            boolean flat = left.rank() > 2 && left.size() / left.dim(0) == right.dim(-1);
            throw new ShapeException(
                    name,
                    Checks.named(b) + "the inner dimensions must match"
                            + (flat ? "; is a flatten() missing before it?" : "") + roles);
        }
        int n = right.dim(transposeB ? -2 : -1);
        if (right.rank() == 2) {
            MatMulShape s = MatMulShape.of(left.rows(), n, k, false, transposeB);
            return Tensor.apply(new MatMul(left.with(-1, n), s), self(), b);
        }
        int m = left.dim(-2);
        Shape batchA = Shape.of(Arrays.copyOf(left.dims(), left.rank() - 2));
        Shape batchB = Shape.of(Arrays.copyOf(right.dims(), right.rank() - 2));
        Shape batch = dev.aorta.backend.Broadcast.of(name, batchA, batchB).output();
        boolean oneA = batchA.size() == 1;
        boolean oneB = batchB.size() == 1;
        Tensor a = oneA || batchA.equals(batch) ? self() : self().expand(joined(batch, m, k));
        Tensor whole = oneB || batchB.equals(batch) ? b : b.expand(joined(batch, k, n));
        MatMulShape s = new MatMulShape(batch.size(), m, n, k, false, false, oneA, oneB);
        return Tensor.apply(new MatMul(joined(batch, m, n), s), a, whole);
    }

    private static Shape joined(Shape batch, int rows, int columns) {
        int[] dims = Arrays.copyOf(batch.dims(), batch.rank() + 2);
        dims[batch.rank()] = rows;
        dims[batch.rank() + 1] = columns;
        return Shape.of(dims);
    }
}
