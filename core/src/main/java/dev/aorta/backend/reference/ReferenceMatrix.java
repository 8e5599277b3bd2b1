package dev.aorta.backend.reference;

import dev.aorta.backend.MatMulShape;

/** Matrix products, row-major. */
final class ReferenceMatrix {
    private ReferenceMatrix() {}

    static void multiply(double[] c, double[] a, double[] b, MatMulShape s) {
        int m = s.m();
        int n = s.n();
        int k = s.k();
        for (int p = 0; p < s.batch(); p++) {
            int atA = s.oneA() ? 0 : p * m * k;
            int atB = s.oneB() ? 0 : p * k * n;
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int l = 0; l < k; l++) {
                        sum += a[atA + (s.transposeA() ? l * m + i : i * k + l)]
                                * b[atB + (s.transposeB() ? j * k + l : l * n + j)];
                    }
                    c[(p * m + i) * n + j] = sum;
                }
            }
        }
    }
}
