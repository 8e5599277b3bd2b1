package dev.aorta.backend.cpu.product;

/** The rows of a matrix that is stored transposed, {@code matrix[k * count + row]}, for a result with {@code columns} columns. */
record TransposedRows(float[] matrix, int count, int depth, int columns) implements Rows {
    @Override
    public void pack(float[] dst, int row, int n, int k0, int k1) {
        for (int k = k0; k < k1; k++) {
            for (int r = 0; r < n; r++) {
                dst[r * MicroKernel.ROW_STRIDE + k - k0] = matrix[k * count + row + r];
            }
        }
    }

    @Override
    public void places(int[] dst, int row, int n) {
        for (int r = 0; r < n; r++) {
            dst[r] = (row + r) * columns;
        }
    }
}
