package dev.aorta;

import java.util.Arrays;

/**
 * The extent of a tensor along each axis, row-major with the last axis contiguous. Images are {@code (N, H, W, C)}: batch,
 * rows, columns, channels. A scalar has rank 0. Immutable.
 */
public final class Shape {
    /** The shape of a scalar. */
    public static final Shape SCALAR = new Shape(new int[0]);

    private final int[] dims;
    private final int size;

    private Shape(int[] dims) {
        long product = 1;
        for (int d : dims) {
            if (d < 1) {
                throw new ShapeException("shape", "every axis must be at least 1, got " + Arrays.toString(dims));
            }
            product *= d;
            if (product > Integer.MAX_VALUE - 8) {
                throw new ShapeException(
                        "shape",
                        Arrays.toString(dims) + " has more than 2^31 - 9 elements, the most one array can hold");
            }
        }
        this.dims = dims;
        this.size = (int) product;
    }

    /**
     * Makes a shape.
     *
     * @param dims extent of each axis, all at least 1
     * @return the shape
     * @throws ShapeException when an extent is below 1 or there are more elements than one array can hold
     */
    public static Shape of(int... dims) {
        return dims.length == 0 ? SCALAR : new Shape(dims.clone());
    }

    /** {@return the number of axes} */
    public int rank() {
        return dims.length;
    }

    /** {@return the number of elements: the product of all extents, 1 for a scalar} */
    public int size() {
        return size;
    }

    /**
     * Extent of one axis.
     *
     * @param axis from 0; negative counts from the last, so that -1 is the channels of an image
     * @return the extent
     * @throws ShapeException when there is no such axis
     */
    public int dim(int axis) {
        return dims[Checks.axis("shape", this, axis)];
    }

    /** {@return the extents, as a copy} */
    public int[] dims() {
        return dims.clone();
    }

    /**
     * {@return the product of all axes but the last: the number of rows when the tensor is seen as a matrix of {@code dim(-1)}
     * columns}
     */
    public int rows() {
        return dims.length == 0 ? 1 : size / dims[dims.length - 1];
    }

    /**
     * This shape with the extent of one axis replaced.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @param extent at least 1
     * @return the shape
     * @throws ShapeException when there is no such axis
     */
    public Shape with(int axis, int extent) {
        int[] d = dims.clone();
        d[Checks.axis("shape", this, axis)] = extent;
        return new Shape(d);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Shape s && Arrays.equals(dims, s.dims);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(dims);
    }

    /** For example {@code [8, 64, 64, 32]}. */
    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
