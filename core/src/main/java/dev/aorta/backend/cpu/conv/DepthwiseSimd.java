package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link DepthwiseConvolution}: {@code y[i, c] = max(low, base[c] + sum over taps k of x[i * xStep + offset[k] + c] * w[k,
 * c])}, at most high. A last vector that would reach too far begins earlier, and so does a last group of pixels; they compute some
 * results again. Each sum is a variable of its own, since only local variables stay in registers.
 */
final class DepthwiseSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** Pixels of a group. */
    private static final int ROWS = 7;

    private DepthwiseSimd() {}

    /**
     * A row of {@code pixels} pixels and {@code channels} channels, at least a vector.
     *
     * @param yStep floats between pixels of y
     * @param xStep floats between pixels of x whose windows are neighbours
     * @param offset of each tap in x
     * @param kH rows of taps
     * @param rowStep floats between rows of x that taps see
     * @param neighbours taps of a row where they see neighbouring pixels and xStep is one pixel, else 0
     * @param first of the channels, as w and base count them
     * @param wStep floats between taps of w
     */
    static void row(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int xStep,
            int pixels,
            int channels,
            int[] offset,
            int kH,
            int rowStep,
            int neighbours,
            float[] w,
            int first,
            int wStep,
            float[] base,
            float low,
            float high) {
        int rows = pixels >= ROWS ? ROWS : 1;
        for (int p = 0; p < pixels; p += rows) {
            int i = Math.min(p, pixels - rows);
            for (int b = 0; b < channels; b += L) {
                int c = Math.min(b, channels - L);
                int to = yAt + i * yStep + c;
                int from = xAt + i * xStep + c;
                int k = first + c;
                if (rows == 1) {
                    one(y, to, x, from, offset, w, k, wStep, base, low, high);
                } else if (neighbours == 3) {
                    seven3(y, to, yStep, x, from, xStep, rowStep, kH, w, k, wStep, base, low, high);
                } else if (neighbours == 5) {
                    seven5(y, to, yStep, x, from, xStep, rowStep, kH, w, k, wStep, base, low, high);
                } else {
                    seven(y, to, yStep, x, from, xStep, offset, w, k, wStep, base, low, high);
                }
            }
        }
    }

    private static void one(
            float[] y,
            int yAt,
            float[] x,
            int xAt,
            int[] offset,
            float[] w,
            int wAt,
            int wStep,
            float[] base,
            float low,
            float high) {
        FloatVector sum = FloatVector.fromArray(S, base, wAt);
        for (int k = 0; k < offset.length; k++) {
            FloatVector v = FloatVector.fromArray(S, w, wAt + k * wStep);
            sum = FloatVector.fromArray(S, x, xAt + offset[k]).fma(v, sum);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        sum = sum.blend(floor, sum.compare(VectorOperators.LE, floor));
        sum.blend(most, sum.compare(VectorOperators.GE, most)).intoArray(y, yAt);
    }

    private static void seven(
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
            float low,
            float high) {
        FloatVector s0 = FloatVector.fromArray(S, base, wAt);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        for (int k = 0; k < offset.length; k++) {
            int at = xAt + offset[k];
            FloatVector v = FloatVector.fromArray(S, w, wAt + k * wStep);
            s0 = FloatVector.fromArray(S, x, at).fma(v, s0);
            s1 = FloatVector.fromArray(S, x, at + xStep).fma(v, s1);
            s2 = FloatVector.fromArray(S, x, at + 2 * xStep).fma(v, s2);
            s3 = FloatVector.fromArray(S, x, at + 3 * xStep).fma(v, s3);
            s4 = FloatVector.fromArray(S, x, at + 4 * xStep).fma(v, s4);
            s5 = FloatVector.fromArray(S, x, at + 5 * xStep).fma(v, s5);
            s6 = FloatVector.fromArray(S, x, at + 6 * xStep).fma(v, s6);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        s0 = s0.blend(floor, s0.compare(VectorOperators.LE, floor));
        s0.blend(most, s0.compare(VectorOperators.GE, most)).intoArray(y, yAt);
        s1 = s1.blend(floor, s1.compare(VectorOperators.LE, floor));
        s1.blend(most, s1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep);
        s2 = s2.blend(floor, s2.compare(VectorOperators.LE, floor));
        s2.blend(most, s2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep);
        s3 = s3.blend(floor, s3.compare(VectorOperators.LE, floor));
        s3.blend(most, s3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep);
        s4 = s4.blend(floor, s4.compare(VectorOperators.LE, floor));
        s4.blend(most, s4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep);
        s5 = s5.blend(floor, s5.compare(VectorOperators.LE, floor));
        s5.blend(most, s5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep);
        s6 = s6.blend(floor, s6.compare(VectorOperators.LE, floor));
        s6.blend(most, s6.compare(VectorOperators.GE, most)).intoArray(y, yAt + 6 * yStep);
    }

    private static void seven3(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int xStep,
            int rowStep,
            int kH,
            float[] w,
            int wAt,
            int wStep,
            float[] base,
            float low,
            float high) {
        FloatVector s0 = FloatVector.fromArray(S, base, wAt);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        for (int ky = 0; ky < kH; ky++) {
            int at = xAt + ky * rowStep;
            int from = wAt + ky * 3 * wStep;
            FloatVector w0 = FloatVector.fromArray(S, w, from);
            FloatVector w1 = FloatVector.fromArray(S, w, from + wStep);
            FloatVector w2 = FloatVector.fromArray(S, w, from + 2 * wStep);
            FloatVector x0 = FloatVector.fromArray(S, x, at);
            s0 = x0.fma(w0, s0);
            FloatVector x1 = FloatVector.fromArray(S, x, at + xStep);
            s1 = x1.fma(w0, s1);
            s0 = x1.fma(w1, s0);
            FloatVector x2 = FloatVector.fromArray(S, x, at + 2 * xStep);
            s2 = x2.fma(w0, s2);
            s1 = x2.fma(w1, s1);
            s0 = x2.fma(w2, s0);
            FloatVector x3 = FloatVector.fromArray(S, x, at + 3 * xStep);
            s3 = x3.fma(w0, s3);
            s2 = x3.fma(w1, s2);
            s1 = x3.fma(w2, s1);
            FloatVector x4 = FloatVector.fromArray(S, x, at + 4 * xStep);
            s4 = x4.fma(w0, s4);
            s3 = x4.fma(w1, s3);
            s2 = x4.fma(w2, s2);
            FloatVector x5 = FloatVector.fromArray(S, x, at + 5 * xStep);
            s5 = x5.fma(w0, s5);
            s4 = x5.fma(w1, s4);
            s3 = x5.fma(w2, s3);
            FloatVector x6 = FloatVector.fromArray(S, x, at + 6 * xStep);
            s6 = x6.fma(w0, s6);
            s5 = x6.fma(w1, s5);
            s4 = x6.fma(w2, s4);
            FloatVector x7 = FloatVector.fromArray(S, x, at + 7 * xStep);
            s6 = x7.fma(w1, s6);
            s5 = x7.fma(w2, s5);
            FloatVector x8 = FloatVector.fromArray(S, x, at + 8 * xStep);
            s6 = x8.fma(w2, s6);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        s0 = s0.blend(floor, s0.compare(VectorOperators.LE, floor));
        s0.blend(most, s0.compare(VectorOperators.GE, most)).intoArray(y, yAt);
        s1 = s1.blend(floor, s1.compare(VectorOperators.LE, floor));
        s1.blend(most, s1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep);
        s2 = s2.blend(floor, s2.compare(VectorOperators.LE, floor));
        s2.blend(most, s2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep);
        s3 = s3.blend(floor, s3.compare(VectorOperators.LE, floor));
        s3.blend(most, s3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep);
        s4 = s4.blend(floor, s4.compare(VectorOperators.LE, floor));
        s4.blend(most, s4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep);
        s5 = s5.blend(floor, s5.compare(VectorOperators.LE, floor));
        s5.blend(most, s5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep);
        s6 = s6.blend(floor, s6.compare(VectorOperators.LE, floor));
        s6.blend(most, s6.compare(VectorOperators.GE, most)).intoArray(y, yAt + 6 * yStep);
    }

    private static void seven5(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int xStep,
            int rowStep,
            int kH,
            float[] w,
            int wAt,
            int wStep,
            float[] base,
            float low,
            float high) {
        FloatVector s0 = FloatVector.fromArray(S, base, wAt);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        for (int ky = 0; ky < kH; ky++) {
            int at = xAt + ky * rowStep;
            int from = wAt + ky * 5 * wStep;
            FloatVector w0 = FloatVector.fromArray(S, w, from);
            FloatVector w1 = FloatVector.fromArray(S, w, from + wStep);
            FloatVector w2 = FloatVector.fromArray(S, w, from + 2 * wStep);
            FloatVector w3 = FloatVector.fromArray(S, w, from + 3 * wStep);
            FloatVector w4 = FloatVector.fromArray(S, w, from + 4 * wStep);
            FloatVector x0 = FloatVector.fromArray(S, x, at);
            s0 = x0.fma(w0, s0);
            FloatVector x1 = FloatVector.fromArray(S, x, at + xStep);
            s1 = x1.fma(w0, s1);
            s0 = x1.fma(w1, s0);
            FloatVector x2 = FloatVector.fromArray(S, x, at + 2 * xStep);
            s2 = x2.fma(w0, s2);
            s1 = x2.fma(w1, s1);
            s0 = x2.fma(w2, s0);
            FloatVector x3 = FloatVector.fromArray(S, x, at + 3 * xStep);
            s3 = x3.fma(w0, s3);
            s2 = x3.fma(w1, s2);
            s1 = x3.fma(w2, s1);
            s0 = x3.fma(w3, s0);
            FloatVector x4 = FloatVector.fromArray(S, x, at + 4 * xStep);
            s4 = x4.fma(w0, s4);
            s3 = x4.fma(w1, s3);
            s2 = x4.fma(w2, s2);
            s1 = x4.fma(w3, s1);
            s0 = x4.fma(w4, s0);
            FloatVector x5 = FloatVector.fromArray(S, x, at + 5 * xStep);
            s5 = x5.fma(w0, s5);
            s4 = x5.fma(w1, s4);
            s3 = x5.fma(w2, s3);
            s2 = x5.fma(w3, s2);
            s1 = x5.fma(w4, s1);
            FloatVector x6 = FloatVector.fromArray(S, x, at + 6 * xStep);
            s6 = x6.fma(w0, s6);
            s5 = x6.fma(w1, s5);
            s4 = x6.fma(w2, s4);
            s3 = x6.fma(w3, s3);
            s2 = x6.fma(w4, s2);
            FloatVector x7 = FloatVector.fromArray(S, x, at + 7 * xStep);
            s6 = x7.fma(w1, s6);
            s5 = x7.fma(w2, s5);
            s4 = x7.fma(w3, s4);
            s3 = x7.fma(w4, s3);
            FloatVector x8 = FloatVector.fromArray(S, x, at + 8 * xStep);
            s6 = x8.fma(w2, s6);
            s5 = x8.fma(w3, s5);
            s4 = x8.fma(w4, s4);
            FloatVector x9 = FloatVector.fromArray(S, x, at + 9 * xStep);
            s6 = x9.fma(w3, s6);
            s5 = x9.fma(w4, s5);
            FloatVector x10 = FloatVector.fromArray(S, x, at + 10 * xStep);
            s6 = x10.fma(w4, s6);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        s0 = s0.blend(floor, s0.compare(VectorOperators.LE, floor));
        s0.blend(most, s0.compare(VectorOperators.GE, most)).intoArray(y, yAt);
        s1 = s1.blend(floor, s1.compare(VectorOperators.LE, floor));
        s1.blend(most, s1.compare(VectorOperators.GE, most)).intoArray(y, yAt + yStep);
        s2 = s2.blend(floor, s2.compare(VectorOperators.LE, floor));
        s2.blend(most, s2.compare(VectorOperators.GE, most)).intoArray(y, yAt + 2 * yStep);
        s3 = s3.blend(floor, s3.compare(VectorOperators.LE, floor));
        s3.blend(most, s3.compare(VectorOperators.GE, most)).intoArray(y, yAt + 3 * yStep);
        s4 = s4.blend(floor, s4.compare(VectorOperators.LE, floor));
        s4.blend(most, s4.compare(VectorOperators.GE, most)).intoArray(y, yAt + 4 * yStep);
        s5 = s5.blend(floor, s5.compare(VectorOperators.LE, floor));
        s5.blend(most, s5.compare(VectorOperators.GE, most)).intoArray(y, yAt + 5 * yStep);
        s6 = s6.blend(floor, s6.compare(VectorOperators.LE, floor));
        s6.blend(most, s6.compare(VectorOperators.GE, most)).intoArray(y, yAt + 6 * yStep);
    }
}
