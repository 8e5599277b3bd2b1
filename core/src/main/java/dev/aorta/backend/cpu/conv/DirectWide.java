package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code y[i, c] = max(low, base[c] + sum over r, k of x[i * xStep + runAt[r] + k] * w[r, k, c])}, at most high,
 * for a group of pixels i and two vectors of channels c, which overlap where there are not as many: the loops of {@link
 * DirectConvolution}. A last group that would
 * reach too far begins earlier, and computes some results again. Each sum is a variable of its own, since only local variables
 * stay in registers, so each size of group is a method.
 */
final class DirectWide {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** Pixels of a group: 28 sums in 32 registers, fewer in 16. */
    static final int ROWS = Simd.BITS == 512 ? 14 : 6;

    /** Pixels of a smaller group. */
    static final int FEW = Math.min(ROWS, 7);

    private DirectWide() {}

    /**
     * Computes n pixels.
     *
     * @param yApart floats of y from the first channel of one vector to that of the other
     * @param apart channels from the one to the other
     */
    static void row(
            float[] y,
            int yAt,
            int yStep,
            int yApart,
            float[] x,
            int xAt,
            int xStep,
            int[] runAt,
            int run,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            int apart,
            float low,
            float high,
            int n) {
        for (int i = 0, rows; i < n; i += rows) {
            int left = n - i;
            rows = left >= ROWS || left > FEW && n >= ROWS ? ROWS : n >= FEW ? FEW : 1;
            int from = Math.min(i, n - rows);
            int yFrom = yAt + from * yStep;
            int xFrom = xAt + from * xStep;
            switch (rows) {
                case 14 ->
                    pixels14(
                            y, yFrom, yStep, yApart, x, xFrom, xStep, runAt, run, w, wAt, base, baseAt, apart, low,
                            high);
                case 7 ->
                    pixels7(
                            y, yFrom, yStep, yApart, x, xFrom, xStep, runAt, run, w, wAt, base, baseAt, apart, low,
                            high);
                case 6 ->
                    pixels6(
                            y, yFrom, yStep, yApart, x, xFrom, xStep, runAt, run, w, wAt, base, baseAt, apart, low,
                            high);
                default -> pixel(y, yFrom, yApart, x, xFrom, runAt, run, w, wAt, base, baseAt, apart, low, high);
            }
        }
    }

    private static void pixels14(
            float[] y,
            int yAt,
            int yStep,
            int yApart,
            float[] x,
            int xAt,
            int xStep,
            int[] runAt,
            int run,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            int apart,
            float low,
            float high) {
        FloatVector a0 = FloatVector.fromArray(S, base, baseAt);
        FloatVector b0 = FloatVector.fromArray(S, base, baseAt + apart);
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
        FloatVector a8 = a0;
        FloatVector b8 = b0;
        FloatVector a9 = a0;
        FloatVector b9 = b0;
        FloatVector a10 = a0;
        FloatVector b10 = b0;
        FloatVector a11 = a0;
        FloatVector b11 = b0;
        FloatVector a12 = a0;
        FloatVector b12 = b0;
        FloatVector a13 = a0;
        FloatVector b13 = b0;
        for (int r = 0; r < runAt.length; r++) {
            int from = xAt + runAt[r];
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
                FloatVector x8 = FloatVector.broadcast(S, x[from + k + 8 * xStep]);
                a8 = x8.fma(wa, a8);
                b8 = x8.fma(wb, b8);
                FloatVector x9 = FloatVector.broadcast(S, x[from + k + 9 * xStep]);
                a9 = x9.fma(wa, a9);
                b9 = x9.fma(wb, b9);
                FloatVector x10 = FloatVector.broadcast(S, x[from + k + 10 * xStep]);
                a10 = x10.fma(wa, a10);
                b10 = x10.fma(wb, b10);
                FloatVector x11 = FloatVector.broadcast(S, x[from + k + 11 * xStep]);
                a11 = x11.fma(wa, a11);
                b11 = x11.fma(wb, b11);
                FloatVector x12 = FloatVector.broadcast(S, x[from + k + 12 * xStep]);
                a12 = x12.fma(wa, a12);
                b12 = x12.fma(wb, b12);
                FloatVector x13 = FloatVector.broadcast(S, x[from + k + 13 * xStep]);
                a13 = x13.fma(wa, a13);
                b13 = x13.fma(wb, b13);
            }
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        a0 = a0.blend(floor, a0.compare(VectorOperators.LE, floor));
        a0.blend(most, a0.compare(VectorOperators.GE, most)).intoArray(y, yAt);
        b0 = b0.blend(floor, b0.compare(VectorOperators.LE, floor));
        b0.blend(most, b0.compare(VectorOperators.GE, most)).intoArray(y, yAt + yApart);
        a1 = a1.blend(floor, a1.compare(VectorOperators.LE, floor));
        a1.blend(most, a1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep);
        b1 = b1.blend(floor, b1.compare(VectorOperators.LE, floor));
        b1.blend(most, b1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep + yApart);
        a2 = a2.blend(floor, a2.compare(VectorOperators.LE, floor));
        a2.blend(most, a2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep);
        b2 = b2.blend(floor, b2.compare(VectorOperators.LE, floor));
        b2.blend(most, b2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep + yApart);
        a3 = a3.blend(floor, a3.compare(VectorOperators.LE, floor));
        a3.blend(most, a3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep);
        b3 = b3.blend(floor, b3.compare(VectorOperators.LE, floor));
        b3.blend(most, b3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep + yApart);
        a4 = a4.blend(floor, a4.compare(VectorOperators.LE, floor));
        a4.blend(most, a4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep);
        b4 = b4.blend(floor, b4.compare(VectorOperators.LE, floor));
        b4.blend(most, b4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep + yApart);
        a5 = a5.blend(floor, a5.compare(VectorOperators.LE, floor));
        a5.blend(most, a5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep);
        b5 = b5.blend(floor, b5.compare(VectorOperators.LE, floor));
        b5.blend(most, b5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep + yApart);
        a6 = a6.blend(floor, a6.compare(VectorOperators.LE, floor));
        a6.blend(most, a6.compare(VectorOperators.GE, most)).intoArray(y, yAt + 6 * yStep);
        b6 = b6.blend(floor, b6.compare(VectorOperators.LE, floor));
        b6.blend(most, b6.compare(VectorOperators.GE, most)).intoArray(y, yAt + 6 * yStep + yApart);
        a7 = a7.blend(floor, a7.compare(VectorOperators.LE, floor));
        a7.blend(most, a7.compare(VectorOperators.GE, most)).intoArray(y, yAt + 7 * yStep);
        b7 = b7.blend(floor, b7.compare(VectorOperators.LE, floor));
        b7.blend(most, b7.compare(VectorOperators.GE, most)).intoArray(y, yAt + 7 * yStep + yApart);
        a8 = a8.blend(floor, a8.compare(VectorOperators.LE, floor));
        a8.blend(most, a8.compare(VectorOperators.GE, most)).intoArray(y, yAt + 8 * yStep);
        b8 = b8.blend(floor, b8.compare(VectorOperators.LE, floor));
        b8.blend(most, b8.compare(VectorOperators.GE, most)).intoArray(y, yAt + 8 * yStep + yApart);
        a9 = a9.blend(floor, a9.compare(VectorOperators.LE, floor));
        a9.blend(most, a9.compare(VectorOperators.GE, most)).intoArray(y, yAt + 9 * yStep);
        b9 = b9.blend(floor, b9.compare(VectorOperators.LE, floor));
        b9.blend(most, b9.compare(VectorOperators.GE, most)).intoArray(y, yAt + 9 * yStep + yApart);
        a10 = a10.blend(floor, a10.compare(VectorOperators.LE, floor));
        a10.blend(most, a10.compare(VectorOperators.GE, most)).intoArray(y, yAt + 10 * yStep);
        b10 = b10.blend(floor, b10.compare(VectorOperators.LE, floor));
        b10.blend(most, b10.compare(VectorOperators.GE, most)).intoArray(y, yAt + 10 * yStep + yApart);
        a11 = a11.blend(floor, a11.compare(VectorOperators.LE, floor));
        a11.blend(most, a11.compare(VectorOperators.GE, most)).intoArray(y, yAt + 11 * yStep);
        b11 = b11.blend(floor, b11.compare(VectorOperators.LE, floor));
        b11.blend(most, b11.compare(VectorOperators.GE, most)).intoArray(y, yAt + 11 * yStep + yApart);
        a12 = a12.blend(floor, a12.compare(VectorOperators.LE, floor));
        a12.blend(most, a12.compare(VectorOperators.GE, most)).intoArray(y, yAt + 12 * yStep);
        b12 = b12.blend(floor, b12.compare(VectorOperators.LE, floor));
        b12.blend(most, b12.compare(VectorOperators.GE, most)).intoArray(y, yAt + 12 * yStep + yApart);
        a13 = a13.blend(floor, a13.compare(VectorOperators.LE, floor));
        a13.blend(most, a13.compare(VectorOperators.GE, most)).intoArray(y, yAt + 13 * yStep);
        b13 = b13.blend(floor, b13.compare(VectorOperators.LE, floor));
        b13.blend(most, b13.compare(VectorOperators.GE, most)).intoArray(y, yAt + 13 * yStep + yApart);
    }

    private static void pixels7(
            float[] y,
            int yAt,
            int yStep,
            int yApart,
            float[] x,
            int xAt,
            int xStep,
            int[] runAt,
            int run,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            int apart,
            float low,
            float high) {
        FloatVector a0 = FloatVector.fromArray(S, base, baseAt);
        FloatVector b0 = FloatVector.fromArray(S, base, baseAt + apart);
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
        for (int r = 0; r < runAt.length; r++) {
            int from = xAt + runAt[r];
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
            }
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        a0 = a0.blend(floor, a0.compare(VectorOperators.LE, floor));
        a0.blend(most, a0.compare(VectorOperators.GE, most)).intoArray(y, yAt);
        b0 = b0.blend(floor, b0.compare(VectorOperators.LE, floor));
        b0.blend(most, b0.compare(VectorOperators.GE, most)).intoArray(y, yAt + yApart);
        a1 = a1.blend(floor, a1.compare(VectorOperators.LE, floor));
        a1.blend(most, a1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep);
        b1 = b1.blend(floor, b1.compare(VectorOperators.LE, floor));
        b1.blend(most, b1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep + yApart);
        a2 = a2.blend(floor, a2.compare(VectorOperators.LE, floor));
        a2.blend(most, a2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep);
        b2 = b2.blend(floor, b2.compare(VectorOperators.LE, floor));
        b2.blend(most, b2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep + yApart);
        a3 = a3.blend(floor, a3.compare(VectorOperators.LE, floor));
        a3.blend(most, a3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep);
        b3 = b3.blend(floor, b3.compare(VectorOperators.LE, floor));
        b3.blend(most, b3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep + yApart);
        a4 = a4.blend(floor, a4.compare(VectorOperators.LE, floor));
        a4.blend(most, a4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep);
        b4 = b4.blend(floor, b4.compare(VectorOperators.LE, floor));
        b4.blend(most, b4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep + yApart);
        a5 = a5.blend(floor, a5.compare(VectorOperators.LE, floor));
        a5.blend(most, a5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep);
        b5 = b5.blend(floor, b5.compare(VectorOperators.LE, floor));
        b5.blend(most, b5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep + yApart);
        a6 = a6.blend(floor, a6.compare(VectorOperators.LE, floor));
        a6.blend(most, a6.compare(VectorOperators.GE, most)).intoArray(y, yAt + 6 * yStep);
        b6 = b6.blend(floor, b6.compare(VectorOperators.LE, floor));
        b6.blend(most, b6.compare(VectorOperators.GE, most)).intoArray(y, yAt + 6 * yStep + yApart);
    }

    private static void pixels6(
            float[] y,
            int yAt,
            int yStep,
            int yApart,
            float[] x,
            int xAt,
            int xStep,
            int[] runAt,
            int run,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            int apart,
            float low,
            float high) {
        FloatVector a0 = FloatVector.fromArray(S, base, baseAt);
        FloatVector b0 = FloatVector.fromArray(S, base, baseAt + apart);
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
        for (int r = 0; r < runAt.length; r++) {
            int from = xAt + runAt[r];
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
            }
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        a0 = a0.blend(floor, a0.compare(VectorOperators.LE, floor));
        a0.blend(most, a0.compare(VectorOperators.GE, most)).intoArray(y, yAt);
        b0 = b0.blend(floor, b0.compare(VectorOperators.LE, floor));
        b0.blend(most, b0.compare(VectorOperators.GE, most)).intoArray(y, yAt + yApart);
        a1 = a1.blend(floor, a1.compare(VectorOperators.LE, floor));
        a1.blend(most, a1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep);
        b1 = b1.blend(floor, b1.compare(VectorOperators.LE, floor));
        b1.blend(most, b1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep + yApart);
        a2 = a2.blend(floor, a2.compare(VectorOperators.LE, floor));
        a2.blend(most, a2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep);
        b2 = b2.blend(floor, b2.compare(VectorOperators.LE, floor));
        b2.blend(most, b2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep + yApart);
        a3 = a3.blend(floor, a3.compare(VectorOperators.LE, floor));
        a3.blend(most, a3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep);
        b3 = b3.blend(floor, b3.compare(VectorOperators.LE, floor));
        b3.blend(most, b3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep + yApart);
        a4 = a4.blend(floor, a4.compare(VectorOperators.LE, floor));
        a4.blend(most, a4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep);
        b4 = b4.blend(floor, b4.compare(VectorOperators.LE, floor));
        b4.blend(most, b4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep + yApart);
        a5 = a5.blend(floor, a5.compare(VectorOperators.LE, floor));
        a5.blend(most, a5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep);
        b5 = b5.blend(floor, b5.compare(VectorOperators.LE, floor));
        b5.blend(most, b5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep + yApart);
    }

    private static void pixel(
            float[] y,
            int yAt,
            int yApart,
            float[] x,
            int xAt,
            int[] runAt,
            int run,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            int apart,
            float low,
            float high) {
        FloatVector a0 = FloatVector.fromArray(S, base, baseAt);
        FloatVector b0 = FloatVector.fromArray(S, base, baseAt + apart);
        for (int r = 0; r < runAt.length; r++) {
            int from = xAt + runAt[r];
            int panel = wAt + r * run * 2 * L;
            for (int k = 0; k < run; k++) {
                FloatVector wa = FloatVector.fromArray(S, w, panel + k * 2 * L);
                FloatVector wb = FloatVector.fromArray(S, w, panel + k * 2 * L + L);
                FloatVector x0 = FloatVector.broadcast(S, x[from + k]);
                a0 = x0.fma(wa, a0);
                b0 = x0.fma(wb, b0);
            }
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        a0 = a0.blend(floor, a0.compare(VectorOperators.LE, floor));
        a0.blend(most, a0.compare(VectorOperators.GE, most)).intoArray(y, yAt);
        b0 = b0.blend(floor, b0.compare(VectorOperators.LE, floor));
        b0.blend(most, b0.compare(VectorOperators.GE, most)).intoArray(y, yAt + yApart);
    }
}
