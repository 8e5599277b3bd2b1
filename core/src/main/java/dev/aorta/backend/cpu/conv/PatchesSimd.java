package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link Patches}: two vectors of results for 8 pixels or channels, in 32 registers, or for 4, in 16. A last group
 * that would reach too far begins earlier, and computes some results again. Each sum is a variable of its own, since only local
 * variables stay in registers, so each size of group is a method.
 */
final class PatchesSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** Pixels of a group of the products, channels of dy of one of the weight gradient. */
    static final int ROWS = Simd.BITS == 512 ? 8 : 4;

    private PatchesSimd() {}

    /**
     * {@code y[i, c] = max(low, base[c] + sum over r, k of x[i * xStep + r * runStep + k] * w[r, k, c])} for n pixels i, at least {@link
     * #ROWS}, and two vectors of channels c.
     */
    static void row(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int xStep,
            int runs,
            int run,
            int runStep,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            float low,
            int n) {
        for (int i = 0; i < n; i += ROWS) {
            int from = Math.min(i, n - ROWS);
            int yFrom = yAt + from * yStep;
            int xFrom = xAt + from * xStep;
            if (ROWS == 8) {
                pixels8(y, yFrom, yStep, x, xFrom, xStep, runs, run, runStep, w, wAt, base, baseAt, low);
            } else {
                pixels4(y, yFrom, yStep, x, xFrom, xStep, runs, run, runStep, w, wAt, base, baseAt, low);
            }
        }
    }

    /**
     * {@code sums[o, c] += sum over rows r and pixels i of dy[r, i, o] * x[r, i, c]} for {@link #ROWS} channels o and two vectors of
     * channels c.
     */
    static void outer(
            float[] sums,
            int at,
            int step,
            float[] dy,
            int dyAt,
            int dyStep,
            int dyRow,
            float[] x,
            int xAt,
            int xStep,
            int xRow,
            int rows,
            int n) {
        if (ROWS == 8) {
            outer8(sums, at, step, dy, dyAt, dyStep, dyRow, x, xAt, xStep, xRow, rows, n);
        } else {
            outer4(sums, at, step, dy, dyAt, dyStep, dyRow, x, xAt, xStep, xRow, rows, n);
        }
    }

    private static void pixels8(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int xStep,
            int runs,
            int run,
            int runStep,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            float low) {
        FloatVector a0 = FloatVector.fromArray(S, base, baseAt);
        FloatVector b0 = FloatVector.fromArray(S, base, baseAt + L);
        FloatVector a1 = a0;
        FloatVector b1 = b0;
        FloatVector a2 = a0;
        FloatVector b2 = b0;
        FloatVector a3 = a0;
        FloatVector b3 = b0;
        FloatVector a4 = a0;
        FloatVector b4 = b0;
        FloatVector a5 = a0;
        FloatVector b5 = b0;
        FloatVector a6 = a0;
        FloatVector b6 = b0;
        FloatVector a7 = a0;
        FloatVector b7 = b0;
        for (int r = 0; r < runs; r++) {
            int from = xAt + r * runStep;
            int panel = wAt + r * run * 2 * L;
            for (int k = 0; k < run; k++) {
                FloatVector wa = FloatVector.fromArray(S, w, panel + k * 2 * L);
                FloatVector wb = FloatVector.fromArray(S, w, panel + k * 2 * L + L);
                FloatVector x0 = FloatVector.broadcast(S, x[from + k]);
                a0 = x0.fma(wa, a0);
                b0 = x0.fma(wb, b0);
                FloatVector x1 = FloatVector.broadcast(S, x[from + k + xStep]);
                a1 = x1.fma(wa, a1);
                b1 = x1.fma(wb, b1);
                FloatVector x2 = FloatVector.broadcast(S, x[from + k + 2 * xStep]);
                a2 = x2.fma(wa, a2);
                b2 = x2.fma(wb, b2);
                FloatVector x3 = FloatVector.broadcast(S, x[from + k + 3 * xStep]);
                a3 = x3.fma(wa, a3);
                b3 = x3.fma(wb, b3);
                FloatVector x4 = FloatVector.broadcast(S, x[from + k + 4 * xStep]);
                a4 = x4.fma(wa, a4);
                b4 = x4.fma(wb, b4);
                FloatVector x5 = FloatVector.broadcast(S, x[from + k + 5 * xStep]);
                a5 = x5.fma(wa, a5);
                b5 = x5.fma(wb, b5);
                FloatVector x6 = FloatVector.broadcast(S, x[from + k + 6 * xStep]);
                a6 = x6.fma(wa, a6);
                b6 = x6.fma(wb, b6);
                FloatVector x7 = FloatVector.broadcast(S, x[from + k + 7 * xStep]);
                a7 = x7.fma(wa, a7);
                b7 = x7.fma(wb, b7);
            }
        }
        a0.blend(low, a0.compare(VectorOperators.LE, low)).intoArray(y, yAt);
        b0.blend(low, b0.compare(VectorOperators.LE, low)).intoArray(y, yAt + L);
        a1.blend(low, a1.compare(VectorOperators.LE, low)).intoArray(y, yAt + yStep);
        b1.blend(low, b1.compare(VectorOperators.LE, low)).intoArray(y, yAt + yStep + L);
        a2.blend(low, a2.compare(VectorOperators.LE, low)).intoArray(y, yAt + 2 * yStep);
        b2.blend(low, b2.compare(VectorOperators.LE, low)).intoArray(y, yAt + 2 * yStep + L);
        a3.blend(low, a3.compare(VectorOperators.LE, low)).intoArray(y, yAt + 3 * yStep);
        b3.blend(low, b3.compare(VectorOperators.LE, low)).intoArray(y, yAt + 3 * yStep + L);
        a4.blend(low, a4.compare(VectorOperators.LE, low)).intoArray(y, yAt + 4 * yStep);
        b4.blend(low, b4.compare(VectorOperators.LE, low)).intoArray(y, yAt + 4 * yStep + L);
        a5.blend(low, a5.compare(VectorOperators.LE, low)).intoArray(y, yAt + 5 * yStep);
        b5.blend(low, b5.compare(VectorOperators.LE, low)).intoArray(y, yAt + 5 * yStep + L);
        a6.blend(low, a6.compare(VectorOperators.LE, low)).intoArray(y, yAt + 6 * yStep);
        b6.blend(low, b6.compare(VectorOperators.LE, low)).intoArray(y, yAt + 6 * yStep + L);
        a7.blend(low, a7.compare(VectorOperators.LE, low)).intoArray(y, yAt + 7 * yStep);
        b7.blend(low, b7.compare(VectorOperators.LE, low)).intoArray(y, yAt + 7 * yStep + L);
    }

    private static void pixels4(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int xStep,
            int runs,
            int run,
            int runStep,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            float low) {
        FloatVector a0 = FloatVector.fromArray(S, base, baseAt);
        FloatVector b0 = FloatVector.fromArray(S, base, baseAt + L);
        FloatVector a1 = a0;
        FloatVector b1 = b0;
        FloatVector a2 = a0;
        FloatVector b2 = b0;
        FloatVector a3 = a0;
        FloatVector b3 = b0;
        for (int r = 0; r < runs; r++) {
            int from = xAt + r * runStep;
            int panel = wAt + r * run * 2 * L;
            for (int k = 0; k < run; k++) {
                FloatVector wa = FloatVector.fromArray(S, w, panel + k * 2 * L);
                FloatVector wb = FloatVector.fromArray(S, w, panel + k * 2 * L + L);
                FloatVector x0 = FloatVector.broadcast(S, x[from + k]);
                a0 = x0.fma(wa, a0);
                b0 = x0.fma(wb, b0);
                FloatVector x1 = FloatVector.broadcast(S, x[from + k + xStep]);
                a1 = x1.fma(wa, a1);
                b1 = x1.fma(wb, b1);
                FloatVector x2 = FloatVector.broadcast(S, x[from + k + 2 * xStep]);
                a2 = x2.fma(wa, a2);
                b2 = x2.fma(wb, b2);
                FloatVector x3 = FloatVector.broadcast(S, x[from + k + 3 * xStep]);
                a3 = x3.fma(wa, a3);
                b3 = x3.fma(wb, b3);
            }
        }
        a0.blend(low, a0.compare(VectorOperators.LE, low)).intoArray(y, yAt);
        b0.blend(low, b0.compare(VectorOperators.LE, low)).intoArray(y, yAt + L);
        a1.blend(low, a1.compare(VectorOperators.LE, low)).intoArray(y, yAt + yStep);
        b1.blend(low, b1.compare(VectorOperators.LE, low)).intoArray(y, yAt + yStep + L);
        a2.blend(low, a2.compare(VectorOperators.LE, low)).intoArray(y, yAt + 2 * yStep);
        b2.blend(low, b2.compare(VectorOperators.LE, low)).intoArray(y, yAt + 2 * yStep + L);
        a3.blend(low, a3.compare(VectorOperators.LE, low)).intoArray(y, yAt + 3 * yStep);
        b3.blend(low, b3.compare(VectorOperators.LE, low)).intoArray(y, yAt + 3 * yStep + L);
    }

    private static void outer8(
            float[] sums,
            int at,
            int step,
            float[] dy,
            int dyAt,
            int dyStep,
            int dyRow,
            float[] x,
            int xAt,
            int xStep,
            int xRow,
            int rows,
            int n) {
        FloatVector a0 = FloatVector.fromArray(S, sums, at);
        FloatVector b0 = FloatVector.fromArray(S, sums, at + L);
        FloatVector a1 = FloatVector.fromArray(S, sums, at + step);
        FloatVector b1 = FloatVector.fromArray(S, sums, at + step + L);
        FloatVector a2 = FloatVector.fromArray(S, sums, at + 2 * step);
        FloatVector b2 = FloatVector.fromArray(S, sums, at + 2 * step + L);
        FloatVector a3 = FloatVector.fromArray(S, sums, at + 3 * step);
        FloatVector b3 = FloatVector.fromArray(S, sums, at + 3 * step + L);
        FloatVector a4 = FloatVector.fromArray(S, sums, at + 4 * step);
        FloatVector b4 = FloatVector.fromArray(S, sums, at + 4 * step + L);
        FloatVector a5 = FloatVector.fromArray(S, sums, at + 5 * step);
        FloatVector b5 = FloatVector.fromArray(S, sums, at + 5 * step + L);
        FloatVector a6 = FloatVector.fromArray(S, sums, at + 6 * step);
        FloatVector b6 = FloatVector.fromArray(S, sums, at + 6 * step + L);
        FloatVector a7 = FloatVector.fromArray(S, sums, at + 7 * step);
        FloatVector b7 = FloatVector.fromArray(S, sums, at + 7 * step + L);
        for (int r = 0; r < rows; r++) {
            int left = dyAt + r * dyRow;
            int right = xAt + r * xRow;
            for (int i = 0; i < n; i++) {
                FloatVector xa = FloatVector.fromArray(S, x, right + i * xStep);
                FloatVector xb = FloatVector.fromArray(S, x, right + i * xStep + L);
                FloatVector d0 = FloatVector.broadcast(S, dy[left + i * dyStep]);
                a0 = d0.fma(xa, a0);
                b0 = d0.fma(xb, b0);
                FloatVector d1 = FloatVector.broadcast(S, dy[left + i * dyStep + 1]);
                a1 = d1.fma(xa, a1);
                b1 = d1.fma(xb, b1);
                FloatVector d2 = FloatVector.broadcast(S, dy[left + i * dyStep + 2]);
                a2 = d2.fma(xa, a2);
                b2 = d2.fma(xb, b2);
                FloatVector d3 = FloatVector.broadcast(S, dy[left + i * dyStep + 3]);
                a3 = d3.fma(xa, a3);
                b3 = d3.fma(xb, b3);
                FloatVector d4 = FloatVector.broadcast(S, dy[left + i * dyStep + 4]);
                a4 = d4.fma(xa, a4);
                b4 = d4.fma(xb, b4);
                FloatVector d5 = FloatVector.broadcast(S, dy[left + i * dyStep + 5]);
                a5 = d5.fma(xa, a5);
                b5 = d5.fma(xb, b5);
                FloatVector d6 = FloatVector.broadcast(S, dy[left + i * dyStep + 6]);
                a6 = d6.fma(xa, a6);
                b6 = d6.fma(xb, b6);
                FloatVector d7 = FloatVector.broadcast(S, dy[left + i * dyStep + 7]);
                a7 = d7.fma(xa, a7);
                b7 = d7.fma(xb, b7);
            }
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + L);
        a1.intoArray(sums, at + step);
        b1.intoArray(sums, at + step + L);
        a2.intoArray(sums, at + 2 * step);
        b2.intoArray(sums, at + 2 * step + L);
        a3.intoArray(sums, at + 3 * step);
        b3.intoArray(sums, at + 3 * step + L);
        a4.intoArray(sums, at + 4 * step);
        b4.intoArray(sums, at + 4 * step + L);
        a5.intoArray(sums, at + 5 * step);
        b5.intoArray(sums, at + 5 * step + L);
        a6.intoArray(sums, at + 6 * step);
        b6.intoArray(sums, at + 6 * step + L);
        a7.intoArray(sums, at + 7 * step);
        b7.intoArray(sums, at + 7 * step + L);
    }

    private static void outer4(
            float[] sums,
            int at,
            int step,
            float[] dy,
            int dyAt,
            int dyStep,
            int dyRow,
            float[] x,
            int xAt,
            int xStep,
            int xRow,
            int rows,
            int n) {
        FloatVector a0 = FloatVector.fromArray(S, sums, at);
        FloatVector b0 = FloatVector.fromArray(S, sums, at + L);
        FloatVector a1 = FloatVector.fromArray(S, sums, at + step);
        FloatVector b1 = FloatVector.fromArray(S, sums, at + step + L);
        FloatVector a2 = FloatVector.fromArray(S, sums, at + 2 * step);
        FloatVector b2 = FloatVector.fromArray(S, sums, at + 2 * step + L);
        FloatVector a3 = FloatVector.fromArray(S, sums, at + 3 * step);
        FloatVector b3 = FloatVector.fromArray(S, sums, at + 3 * step + L);
        for (int r = 0; r < rows; r++) {
            int left = dyAt + r * dyRow;
            int right = xAt + r * xRow;
            for (int i = 0; i < n; i++) {
                FloatVector xa = FloatVector.fromArray(S, x, right + i * xStep);
                FloatVector xb = FloatVector.fromArray(S, x, right + i * xStep + L);
                FloatVector d0 = FloatVector.broadcast(S, dy[left + i * dyStep]);
                a0 = d0.fma(xa, a0);
                b0 = d0.fma(xb, b0);
                FloatVector d1 = FloatVector.broadcast(S, dy[left + i * dyStep + 1]);
                a1 = d1.fma(xa, a1);
                b1 = d1.fma(xb, b1);
                FloatVector d2 = FloatVector.broadcast(S, dy[left + i * dyStep + 2]);
                a2 = d2.fma(xa, a2);
                b2 = d2.fma(xb, b2);
                FloatVector d3 = FloatVector.broadcast(S, dy[left + i * dyStep + 3]);
                a3 = d3.fma(xa, a3);
                b3 = d3.fma(xb, b3);
            }
        }
        a0.intoArray(sums, at);
        b0.intoArray(sums, at + L);
        a1.intoArray(sums, at + step);
        b1.intoArray(sums, at + step + L);
        a2.intoArray(sums, at + 2 * step);
        b2.intoArray(sums, at + 2 * step + L);
        a3.intoArray(sums, at + 3 * step);
        b3.intoArray(sums, at + 3 * step + L);
    }
}
