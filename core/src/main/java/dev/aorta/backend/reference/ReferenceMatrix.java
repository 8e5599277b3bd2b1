package dev.aorta.backend.reference;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Products and sums over the axes of a matrix, row-major. */
final class ReferenceMatrix {
    private ReferenceMatrix() {}

    static void gemm(double[] c, double[] a, boolean transposeA, double[] b, boolean transposeB, int m, int n, int k) {
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += a[transposeA ? l * m + i : i * k + l] * b[transposeB ? j * k + l : l * n + j];
                }
                c[i * n + j] = sum;
            }
        }
    }

    static void biasGrad(double[] db, double[] dy, double @Nullable [] mask) {
        Arrays.fill(db, 0);
        for (int i = 0; i < dy.length; i++) {
            db[i % db.length] += ReferenceConv.masked(dy, mask, i);
        }
    }

    static void argmax(double[] dst, double[] src, int rows, int classes) {
        for (int r = 0; r < rows; r++) {
            int best = r * classes;
            for (int i = best + 1; i < (r + 1) * classes; i++) {
                if (src[i] > src[best] || Double.isNaN(src[i]) && !Double.isNaN(src[best])) {
                    best = i;
                }
            }
            dst[r] = best - r * classes;
        }
    }
}
