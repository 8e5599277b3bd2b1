package dev.aorta.backend.cpu.product;

/** The left operand of a product, which need not exist as a matrix, and the place of its rows in the result. */
interface Rows {
    /** Rows of the operand. */
    int count();

    /** Columns of the operand, the depth of the product. */
    int depth();

    /** Writes columns {@code k0} to {@code k1 - 1} of {@code n} rows as {@code dst[r * MicroKernel.ROW_STRIDE + k - k0]}. */
    void pack(float[] dst, int row, int n, int k0, int k1);

    /** Writes where each of {@code n} rows begins in the result. */
    void places(int[] dst, int row, int n);
}
