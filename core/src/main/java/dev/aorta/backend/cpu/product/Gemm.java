package dev.aorta.backend.cpu.product;

import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;

/** Product of two matrices, each as it is or transposed. */
public final class Gemm {
    private Gemm() {}

    public static void run(Workspace ws, float[] c, float[] a, float[] b, MatMulShape s) {
        if (s.batch() == 1) {
            run(ws.parallel(), c, a, s.transposeA(), b, s.transposeB(), s.m(), s.n(), s.k());
            return;
        }
        ws.lend(
                s.m() * s.n(),
                oneC -> ws.lend(
                        s.m() * s.k(),
                        oneA -> ws.lend(s.k() * s.n(), oneB -> {
                            for (int i = 0; i < s.batch(); i++) {
                                System.arraycopy(a, s.oneA() ? 0 : i * oneA.length, oneA, 0, oneA.length);
                                System.arraycopy(b, s.oneB() ? 0 : i * oneB.length, oneB, 0, oneB.length);
                                run(
                                        ws.parallel(),
                                        oneC,
                                        oneA,
                                        s.transposeA(),
                                        oneB,
                                        s.transposeB(),
                                        s.m(),
                                        s.n(),
                                        s.k());
                                System.arraycopy(oneC, 0, c, i * oneC.length, oneC.length);
                            }
                        })));
    }

    private static void run(
            Parallel p, float[] c, float[] a, boolean transposeA, float[] b, boolean transposeB, int m, int n, int k) {
        if (m <= Tuning.FEW_ROWS && !transposeA) {
            fewRows(p, c, a, b, transposeB, m, n, k);
            return;
        }
        Rows rows = transposeA ? new TransposedRows(a, m, k, n) : WindowRows.dense(a, m, k, n);
        int[] here = {0};
        Weights weights = transposeB ? new Weights(b, 0, here, k, 1, k, 0) : new Weights(b, 0, here, k, n, 1, 0);
        Product.run(p, c, rows, weights, here, n, null, false);
    }

    /** A product that reads B once is bound by memory: packing it would read it twice. */
    private static void fewRows(Parallel p, float[] c, float[] a, float[] b, boolean transposeB, int m, int n, int k) {
        int step = Math.clamp(Math.ceilDiv(n, Tuning.TASKS), 1, 256);
        Chunks.pieces(p, n, step, (from, to) -> {
            for (int i = 0; i < m; i++) {
                if (transposeB) {
                    for (int j = from; j < to; j++) {
                        c[i * n + j] = Lanes.dot(a, i * k, b, j * k, k);
                    }
                } else {
                    Arrays.fill(c, i * n + from, i * n + to, 0);
                    for (int j = 0; j < k; j++) {
                        Lanes.axpy(c, i * n + from, a[i * k + j], b, j * n + from, to - from);
                    }
                }
            }
        });
    }
}
