package dev.aorta.backend;

import dev.aorta.Shape;
import dev.aorta.ShapeException;
import java.util.Arrays;

/**
 * Two tensors of which each is repeated along the axes where its extent is 1 or that it lacks in front, as NumPy does.
 *
 * <p>Axes that both walk through alike are one here: operands of one shape have a single axis, (rows, channels) with (channels)
 * have two.
 *
 * @param output shape of the result
 * @param extents of the merged axes, the last contiguous in the result; at least one
 * @param strideA steps of a along them; 0 where it is repeated
 * @param strideB steps of b along them
 * @see <a href="https://numpy.org/doc/stable/user/basics.broadcasting.html">NumPy: Broadcasting</a>
 */
public record Broadcast(Shape output, int[] extents, int[] strideA, int[] strideB) {
    /**
     * Two operands of one shape.
     *
     * @param shape of both
     * @return the geometry
     */
    public static Broadcast same(Shape shape) {
        return new Broadcast(shape, new int[] {shape.size()}, new int[] {1}, new int[] {1});
    }

    /**
     * Two shapes side by side.
     *
     * @param op for the message
     * @param a first operand
     * @param b second operand
     * @return the geometry
     * @throws ShapeException when an axis has two extents, neither of which is 1
     */
    public static Broadcast of(String op, Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        int[] dims = new int[rank];
        int[] extents = new int[rank];
        int[] stepsA = new int[rank];
        int[] stepsB = new int[rank];
        int axes = 0; // merged so far, the last axis first
        int sizeA = 1;
        int sizeB = 1;
        for (int back = 1; back <= rank; back++) {
            int extentA = back <= a.rank() ? a.dim(-back) : 1;
            int extentB = back <= b.rank() ? b.dim(-back) : 1;
            if (extentA != extentB && extentA != 1 && extentB != 1) {
                throw new ShapeException(
                        op,
                        String.format(
                                "%s and %s cannot be broadcast: on axis -%d one has %d and the other %d; extents must be equal, or one"
                                        + " of them 1",
                                a, b, back, extentA, extentB));
            }
            int extent = Math.max(extentA, extentB);
            dims[rank - back] = extent;
            if (extent > 1) {
                int stepA = extentA == 1 ? 0 : sizeA;
                int stepB = extentB == 1 ? 0 : sizeB;
                boolean goesOn = axes > 0
                        && stepA == stepsA[axes - 1] * extents[axes - 1]
                        && stepB == stepsB[axes - 1] * extents[axes - 1];
                if (goesOn) {
                    extents[axes - 1] *= extent;
                } else {
                    extents[axes] = extent;
                    stepsA[axes] = stepA;
                    stepsB[axes] = stepB;
                    axes++;
                }
            }
            sizeA *= extentA;
            sizeB *= extentB;
        }
        Shape output = Shape.of(dims);
        if (axes == 0) {
            return same(output);
        }
        return new Broadcast(output, outerFirst(extents, axes), outerFirst(stepsA, axes), outerFirst(stepsB, axes));
    }

    private static int[] outerFirst(int[] values, int count) {
        int[] reversed = new int[count];
        for (int i = 0; i < count; i++) {
            reversed[i] = values[count - 1 - i];
        }
        return reversed;
    }

    /** {@return the number of elements of the result} */
    public int size() {
        return output.size();
    }

    /** {@return the number of elements of a} */
    public int sizeA() {
        return size(strideA);
    }

    /** {@return the number of elements of b} */
    public int sizeB() {
        return size(strideB);
    }

    /** {@return whether a is read once for each element of the result, in order} */
    public boolean wholeA() {
        return sizeA() == size();
    }

    /** {@return whether b is read once for each element of the result, in order} */
    public boolean wholeB() {
        return sizeB() == size();
    }

    private int size(int[] strides) {
        int size = 1;
        for (int i = 0; i < extents.length; i++) {
            size *= strides[i] == 0 ? 1 : extents[i];
        }
        return size;
    }

    /** For example {@code [8, 3] of [3] x [1]}: merged extents and strides. */
    @Override
    public String toString() {
        return output + " as " + Arrays.toString(extents) + ", strides " + Arrays.toString(strideA) + " and "
                + Arrays.toString(strideB);
    }
}
