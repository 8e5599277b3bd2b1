package dev.aorta.backend.cpu;

/** Product of two matrices, each as it is or transposed. */
final class Gemm {
    private Gemm() {}

    static void run(
            Parallel p, float[] c, float[] a, boolean transposeA, float[] b, boolean transposeB, int m, int n, int k) {
        Rows rows = transposeA ? new TransposedRows(a, m, k, n) : WindowRows.dense(a, m, k, n);
        int[] here = {0};
        Weights weights = transposeB ? new Weights(b, 0, here, k, 1, k, 0) : new Weights(b, 0, here, k, n, 1, 0);
        Product.run(p, c, rows, weights, here, n, null, false);
    }
}
