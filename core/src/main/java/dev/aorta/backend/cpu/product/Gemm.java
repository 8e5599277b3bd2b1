package dev.aorta.backend.cpu.product;

import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;

/** Products of matrices, each as it is or transposed, alone and in batches; none is copied but to be packed. */
public final class Gemm {
    private Gemm() {}

    public static void run(Workspace ws, float[] c, float[] a, float[] b, MatMulShape s) {
        Parallel p = ws.parallel();
        int rows = s.batch() * s.m();
        if (s.batch() == 1 || s.oneB() && !s.oneA()) {
            // one right factor: the left ones are one matrix
            run(ws, c, a, b, 0, rows, 0, s);
        } else if (s.batch() >= Tuning.TASKS || (long) s.m() * s.n() * s.k() < Tuning.SHARED_PRODUCT) {
            batch(p, c, a, b, s);
        } else {
            for (int i = 0; i < s.batch(); i++) {
                run(ws.with(Packing.ANEW), c, a, b, i * s.m(), s.m(), s.oneB() ? 0 : i * s.k() * s.n(), s);
            }
        }
    }

    /** Rows {@code first} to {@code first + rows - 1} of all results, which have the right factor at {@code atB}. */
    private static void run(
            Workspace ws, float[] c, float[] a, float[] b, int first, int rows, int atB, MatMulShape s) {
        if (rows <= Tuning.FEW_ROWS && !s.transposeA()) {
            int step = Math.clamp(Math.ceilDiv(s.n(), Tuning.TASKS), 1, 256);
            Chunks.pieces(ws.parallel(), s.n(), step, (from, to) -> fewRows(c, a, b, first, rows, atB, from, to, s));
            return;
        }
        Packing.Layout layout = new Packing.Layout(s.transposeB() ? "rows" : "columns", s.n(), 1, 1, s.k());
        Product.run(
                ws,
                c,
                rowsOfA(a, first, rows, s),
                columnsOfB(b, atB, s),
                layout,
                new int[1],
                s.n(),
                null,
                WayOut.PLAIN);
    }

    private static Rows rowsOfA(float[] a, int first, int rows, MatMulShape s) {
        return new MatrixRows(a, first, rows, s.m(), s.k(), s.transposeA(), s.oneA(), s.n());
    }

    private static Weights columnsOfB(float[] b, int at, MatMulShape s) {
        return s.transposeB()
                ? new Weights(b, at, new int[1], s.k(), 1, s.k(), 0)
                : new Weights(b, at, new int[1], s.k(), s.n(), 1, 0);
    }

    /** Tasks divide the products. */
    private static void batch(Parallel p, float[] c, float[] a, float[] b, MatMulShape s) {
        int sizeB = s.oneB() ? 0 : s.k() * s.n();
        if (s.m() <= Tuning.FEW_ROWS && !s.transposeA()) {
            Chunks.rows(p, s.batch(), s.k() * s.n(), (from, to) -> {
                for (int i = from; i < to; i++) {
                    fewRows(c, a, b, i * s.m(), s.m(), i * sizeB, 0, s.n(), s);
                }
            });
            return;
        }
        Product.batch(p, c, rowsOfA(a, 0, s.batch() * s.m(), s), s.m(), columnsOfB(b, 0, s), sizeB, s.n());
    }

    /** A product that reads B once is bound by memory: packing it would read it twice. */
    private static void fewRows(
            float[] c, float[] a, float[] b, int first, int rows, int atB, int from, int to, MatMulShape s) {
        int n = s.n();
        int k = s.k();
        for (int i = first; i < first + rows; i++) {
            int row = (s.oneA() ? i % s.m() : i) * k;
            if (s.transposeB()) {
                for (int j = from; j < to; j++) {
                    c[i * n + j] = Lanes.dot(a, row, b, atB + j * k, k);
                }
            } else {
                Arrays.fill(c, i * n + from, i * n + to, 0);
                for (int j = 0; j < k; j++) {
                    Lanes.axpy(c, i * n + from, a[row + j], b, atB + j * n + from, to - from);
                }
            }
        }
    }
}
