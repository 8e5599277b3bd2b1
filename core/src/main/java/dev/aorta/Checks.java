package dev.aorta;

import java.util.Objects;

/** What the operations of {@link Tensor} check before they compute. */
final class Checks {
    private Checks() {}

    /** @throws ShapeException when a tensor has not the shape that it must have beside {@code input} */
    static void shape(String op, String what, Tensor t, Shape expected, Tensor input) {
        if (!Objects.requireNonNull(t, "[" + op + "] " + what + ": null")
                .shape()
                .equals(expected)) {
            throw new ShapeException(
                    op,
                    named(t) + what + " must be " + expected + ", got " + t.shape()
                            + String.format("%n    input   %s", input.shape()));
        }
    }

    /** Returns the number of values that a shape holds, which must be that of the values. */
    static int count(String op, Shape shape, float[] values) {
        if (values.length != shape.size()) {
            throw new ShapeException(op, shape + " holds " + shape.size() + " values, got " + values.length);
        }
        return shape.size();
    }

    /** @throws IllegalStateException when operands live on different devices */
    static void device(String op, Tensor x, Tensor operand) {
        if (operand.device().backend() != x.device().backend() && !Scope.dry()) {
            throw new IllegalStateException("[" + op + "] operands live on different devices, " + x.device() + " and "
                    + operand.device()
                    + (x.device().toString().equals(operand.device().toString())
                            ? ", which are two of one name: make one device and use it for the network and its inputs"
                            : ": move one with to(device)"));
        }
    }

    /** The name of the layer that a weight belongs to, as the beginning of a message. */
    static String named(Tensor t) {
        return t.layer().isEmpty() ? "" : t.layer() + ": ";
    }

    /** Extent of the last axis. */
    static int lastAxis(String op, Tensor t) {
        rank(op, t.shape(), 1, "at least one axis");
        return t.shape().dim(-1);
    }

    /** @throws ShapeException when there are less axes than an operation needs */
    static void rank(String op, Shape shape, int least, String needs) {
        if (shape.rank() < least) {
            throw new ShapeException(op, "needs " + needs + ", got " + shape);
        }
    }

    /** @throws ShapeException when a tensor is no image */
    static void image(String op, Shape shape) {
        if (shape.rank() != 4) {
            throw new ShapeException(op, "needs images (N, H, W, C), got " + shape);
        }
    }

    /**
     * An axis counted from 0.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @throws ShapeException when there is no such axis
     */
    static int axis(String op, Shape shape, int axis) {
        if (axis < -shape.rank() || axis >= shape.rank()) {
            throw new ShapeException(
                    op, "there is no axis " + axis + " in " + shape + ", which has " + shape.rank() + " axes");
        }
        return axis < 0 ? shape.rank() + axis : axis;
    }

    /** @throws IllegalArgumentException when one of what has no derivative asks for a gradient */
    static void constants(String op, Tensor... operands) {
        for (Tensor t : operands) {
            if (t.hasGradient()) {
                throw new IllegalArgumentException("[" + op + "] has no gradient for " + t.describe()
                        + ", which asks for one: of labels, indices, class weights, means and variances there is none");
            }
        }
    }
}
