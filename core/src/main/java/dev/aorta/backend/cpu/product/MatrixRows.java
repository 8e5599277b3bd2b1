package dev.aorta.backend.cpu.product;

import dev.aorta.backend.cpu.machine.Lanes;

/**
 * The rows of the left factors of a batch of products, one matrix after another, for results that lie one after another too.
 *
 * @param matrix all matrices, or the one that all products have
 * @param first row, counted through all matrices, that is row 0 here
 * @param count rows
 * @param height rows of a matrix
 * @param depth columns of a matrix
 * @param transposed whether a matrix is stored as (depth, height)
 * @param one whether all products have one matrix
 * @param columns of a result
 */
record MatrixRows(
        float[] matrix, int first, int count, int height, int depth, boolean transposed, boolean one, int columns)
        implements Rows {
    @Override
    public void pack(float[] dst, int row, int n, int k0, int k1) {
        for (int r = 0; r < n; ) {
            int inMatrix = (first + row + r) % height;
            int rows = Math.min(n - r, height - inMatrix);
            int at = one ? 0 : (first + row + r - inMatrix) * depth;
            int to = r * MicroKernel.ROW_STRIDE;
            if (transposed) {
                packTransposed(dst, to, at + k0 * height + inMatrix, rows, k1 - k0);
            } else {
                for (int i = 0; i < rows; i++) {
                    int from = at + (inMatrix + i) * depth + k0;
                    Lanes.copy(dst, to + i * MicroKernel.ROW_STRIDE, matrix, from, k1 - k0);
                }
            }
            r += rows;
        }
    }

    private void packTransposed(float[] dst, int to, int at, int rows, int depth) {
        for (int k = 0; k < depth; k++) {
            for (int r = 0; r < rows; r++) {
                dst[to + r * MicroKernel.ROW_STRIDE + k] = matrix[at + k * height + r];
            }
        }
    }

    @Override
    public void places(int[] dst, int row, int n) {
        for (int r = 0; r < n; r++) {
            dst[r] = (first + row + r) * columns;
        }
    }
}
