package dev.aorta.backend.cpu;

/** The rows of a matrix that is stored transposed: {@code matrix[k * stride + first + row]}. */
record TransposedRows(float[] matrix, int first, int stride, int count, int depth, int columns) implements Rows {
    @Override
    public void pack(float[] dst, int at, int row, int height, int k0, int k1) {
        int rows = Math.min(height, count - row);
        for (int k = k0; k < k1; k++) {
            int from = k * stride + first + row;
            int to = at + (k - k0) * height;
            for (int m = 0; m < rows; m++) {
                dst[to + m] = matrix[from + m];
            }
            for (int m = rows; m < height; m++) {
                dst[to + m] = 0;
            }
        }
    }

    @Override
    public void places(int[] dst, int at, int row, int height) {
        for (int m = 0; m < height; m++) {
            dst[at + m] = Math.min(row + m, count - 1) * columns;
        }
    }
}
