package dev.aorta.backend.cpu;

/** The left operand of a product, which need not exist as a matrix, and the place of its rows in the result. */
interface Rows {
    /** Rows of the operand. */
    int count();

    /** Columns of the operand, the depth of the product. */
    int depth();

    /**
     * Writes columns {@code k0} to {@code k1 - 1} of {@code height} rows as {@code dst[at + (k - k0) * height + m]}; rows past
     * the last are zero.
     */
    void pack(float[] dst, int at, int row, int height, int k0, int k1);

    /** Writes where each of {@code height} rows begins in the result; rows past the last may get any place. */
    void places(int[] dst, int at, int row, int height);
}
