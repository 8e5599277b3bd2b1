package dev.aorta.backend;

/**
 * A batch of matrix products; {@link Backend#matmul} has the formula.
 *
 * @param batch number of products
 * @param m rows of the results
 * @param n columns of the results
 * @param k length of the sums
 * @param transposeA whether each a is (k, m) and not (m, k)
 * @param transposeB whether each b is (n, k) and not (k, n)
 * @param oneA whether all products have the same left factor, and a is one matrix
 * @param oneB whether all products have the same right factor, and b is one matrix
 */
public record MatMulShape(
        int batch, int m, int n, int k, boolean transposeA, boolean transposeB, boolean oneA, boolean oneB) {
    /**
     * A single product.
     *
     * @param m rows of the result
     * @param n columns of the result
     * @param k length of the sums
     * @param transposeA whether a is (k, m)
     * @param transposeB whether b is (n, k)
     * @return the geometry
     */
    public static MatMulShape of(int m, int n, int k, boolean transposeA, boolean transposeB) {
        return new MatMulShape(1, m, n, k, transposeA, transposeB, false, false);
    }

    /** {@return the number of elements of a} */
    public int sizeA() {
        return (oneA ? 1 : batch) * m * k;
    }

    /** {@return the number of elements of b} */
    public int sizeB() {
        return (oneB ? 1 : batch) * k * n;
    }
}
