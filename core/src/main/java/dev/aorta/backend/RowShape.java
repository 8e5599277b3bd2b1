package dev.aorta.backend;

import dev.aorta.Shape;

/**
 * A matrix of rows that are worked on one by one, such as logits (rows, classes).
 *
 * @param rows product of all axes before the last
 * @param classes extent of the last axis
 */
public record RowShape(int rows, int classes) {
    /**
     * {@return the rows of a tensor of rank 1 or more}
     *
     * @param x shape of the tensor
     */
    public static RowShape of(Shape x) {
        return new RowShape(x.rows(), x.dim(-1));
    }

    /** {@return the number of elements} */
    public int size() {
        return rows * classes;
    }
}
