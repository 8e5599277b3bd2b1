package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@code y[i, c] = max(low, base[c] + sum over k of x[i * xStep + offset[k]] * w[k, c])}, at most high, for n pixels i and one vector of
 * channels c: the loops of {@link DirectConvolution} where few inputs are neighbours, so that a loop for each run would begin more often
 * than it goes on. Each sum is a variable of its own, since only local variables stay in registers.
 */
final class DirectShort {
    private static final VectorSpecies<Float> S = Species.S;
    /** Pixels of a group. */
    private static final int ROWS = 8;

    private DirectShort() {}

    /**
     * Computes n pixels.
     *
     * @param wStep floats from the weights of an input to those of the next
     */
    static void row(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int xStep,
            int[] offset,
            float[] w,
            int wAt,
            int wStep,
            float[] base,
            int baseAt,
            float low,
            float high,
            int n) {
        int i = 0;
        for (; i <= n - ROWS; i += ROWS) {
            pixels8(
                    y,
                    yAt + i * yStep,
                    yStep,
                    x,
                    xAt + i * xStep,
                    xStep,
                    offset,
                    w,
                    wAt,
                    wStep,
                    base,
                    baseAt,
                    low,
                    high);
        }
        for (; i < n; i++) {
            pixel(y, yAt + i * yStep, x, xAt + i * xStep, offset, w, wAt, wStep, base, baseAt, low, high);
        }
    }

    private static void pixels8(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int xStep,
            int[] offset,
            float[] w,
            int wAt,
            int wStep,
            float[] base,
            int baseAt,
            float low,
            float high) {
        FloatVector a0 = FloatVector.fromArray(S, base, baseAt);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector a4 = a0;
        FloatVector a5 = a0;
        FloatVector a6 = a0;
        FloatVector a7 = a0;
        for (int k = 0; k < offset.length; k++) {
            int at = xAt + offset[k];
            FloatVector wk = FloatVector.fromArray(S, w, wAt + k * wStep);
            a0 = FloatVector.broadcast(S, x[at]).fma(wk, a0);
            a1 = FloatVector.broadcast(S, x[at + xStep]).fma(wk, a1);
            a2 = FloatVector.broadcast(S, x[at + 2 * xStep]).fma(wk, a2);
            a3 = FloatVector.broadcast(S, x[at + 3 * xStep]).fma(wk, a3);
            a4 = FloatVector.broadcast(S, x[at + 4 * xStep]).fma(wk, a4);
            a5 = FloatVector.broadcast(S, x[at + 5 * xStep]).fma(wk, a5);
            a6 = FloatVector.broadcast(S, x[at + 6 * xStep]).fma(wk, a6);
            a7 = FloatVector.broadcast(S, x[at + 7 * xStep]).fma(wk, a7);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        a0 = a0.blend(floor, a0.compare(VectorOperators.LE, floor));
        a0.blend(most, a0.compare(VectorOperators.GE, most)).intoArray(y, yAt);
        a1 = a1.blend(floor, a1.compare(VectorOperators.LE, floor));
        a1.blend(most, a1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep);
        a2 = a2.blend(floor, a2.compare(VectorOperators.LE, floor));
        a2.blend(most, a2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep);
        a3 = a3.blend(floor, a3.compare(VectorOperators.LE, floor));
        a3.blend(most, a3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep);
        a4 = a4.blend(floor, a4.compare(VectorOperators.LE, floor));
        a4.blend(most, a4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep);
        a5 = a5.blend(floor, a5.compare(VectorOperators.LE, floor));
        a5.blend(most, a5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep);
        a6 = a6.blend(floor, a6.compare(VectorOperators.LE, floor));
        a6.blend(most, a6.compare(VectorOperators.GE, most)).intoArray(y, yAt + 6 * yStep);
        a7 = a7.blend(floor, a7.compare(VectorOperators.LE, floor));
        a7.blend(most, a7.compare(VectorOperators.GE, most)).intoArray(y, yAt + 7 * yStep);
    }

    private static void pixel(
            float[] y,
            int yAt,
            float[] x,
            int xAt,
            int[] offset,
            float[] w,
            int wAt,
            int wStep,
            float[] base,
            int baseAt,
            float low,
            float high) {
        FloatVector sum = FloatVector.fromArray(S, base, baseAt);
        for (int k = 0; k < offset.length; k++) {
            FloatVector wk = FloatVector.fromArray(S, w, wAt + k * wStep);
            sum = FloatVector.broadcast(S, x[xAt + offset[k]]).fma(wk, sum);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        sum = sum.blend(floor, sum.compare(VectorOperators.LE, floor));
        sum.blend(most, sum.compare(VectorOperators.GE, most)).intoArray(y, yAt);
    }
}
