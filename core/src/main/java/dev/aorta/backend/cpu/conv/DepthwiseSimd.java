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
     * @param kH rows of taps
     * @param rowStep floats between rows of x that taps see
     * @param neighbours taps of a row where they see neighbouring pixels and xStep is one pixel, else 0
     */
    static void row(
            float[] y,
            int yAt,
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
            float[] base,
            float low,
            float high) {
        int rows = pixels >= ROWS ? ROWS : 1;
        for (int p = 0; p < pixels; p += rows) {
            int i = Math.min(p, pixels - rows);
            int to = yAt + i * channels;
            int from = xAt + i * xStep;
            for (int b = 0; b < channels; b += L) {
                int c = Math.min(b, channels - L);
                if (rows == 1) {
                    one(y, to, x, from, channels, c, offset, w, base, low, high);
                } else if (neighbours == 3) {
                    seven3(y, to, x, from, rowStep, channels, c, kH, w, base, low, high);
                } else if (neighbours == 5) {
                    seven5(y, to, x, from, rowStep, channels, c, kH, w, base, low, high);
                } else {
                    seven(y, to, x, from, xStep, channels, c, offset, w, base, low, high);
                }
            }
        }
    }

    private static void one(
            float[] y,
            int yAt,
            float[] x,
            int xAt,
            int channels,
            int c,
            int[] offset,
            float[] w,
            float[] base,
            float low,
            float high) {
        FloatVector sum = FloatVector.fromArray(S, base, c);
        for (int k = 0; k < offset.length; k++) {
            FloatVector v = FloatVector.fromArray(S, w, k * channels + c);
            sum = FloatVector.fromArray(S, x, xAt + offset[k] + c).fma(v, sum);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        sum = sum.blend(floor, sum.compare(VectorOperators.LE, floor));
        sum.blend(most, sum.compare(VectorOperators.GE, most)).intoArray(y, yAt + c);
    }

    private static void seven(
            float[] y,
            int yAt,
            float[] x,
            int xAt,
            int xStep,
            int channels,
            int c,
            int[] offset,
            float[] w,
            float[] base,
            float low,
            float high) {
        FloatVector s0 = FloatVector.fromArray(S, base, c);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        for (int k = 0; k < offset.length; k++) {
            int at = xAt + offset[k] + c;
            FloatVector v = FloatVector.fromArray(S, w, k * channels + c);
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
        int to = yAt + c;
        s0 = s0.blend(floor, s0.compare(VectorOperators.LE, floor));
        s0.blend(most, s0.compare(VectorOperators.GE, most)).intoArray(y, to);
        s1 = s1.blend(floor, s1.compare(VectorOperators.LE, floor));
        s1.blend(most, s1.compare(VectorOperators.GE, most)).intoArray(y, to + channels);
        s2 = s2.blend(floor, s2.compare(VectorOperators.LE, floor));
        s2.blend(most, s2.compare(VectorOperators.GE, most)).intoArray(y, to + 2 * channels);
        s3 = s3.blend(floor, s3.compare(VectorOperators.LE, floor));
        s3.blend(most, s3.compare(VectorOperators.GE, most)).intoArray(y, to + 3 * channels);
        s4 = s4.blend(floor, s4.compare(VectorOperators.LE, floor));
        s4.blend(most, s4.compare(VectorOperators.GE, most)).intoArray(y, to + 4 * channels);
        s5 = s5.blend(floor, s5.compare(VectorOperators.LE, floor));
        s5.blend(most, s5.compare(VectorOperators.GE, most)).intoArray(y, to + 5 * channels);
        s6 = s6.blend(floor, s6.compare(VectorOperators.LE, floor));
        s6.blend(most, s6.compare(VectorOperators.GE, most)).intoArray(y, to + 6 * channels);
    }

    private static void seven3(
            float[] y,
            int yAt,
            float[] x,
            int xAt,
            int rowStep,
            int channels,
            int c,
            int kH,
            float[] w,
            float[] base,
            float low,
            float high) {
        FloatVector s0 = FloatVector.fromArray(S, base, c);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        for (int ky = 0; ky < kH; ky++) {
            int at = xAt + ky * rowStep + c;
            int from = ky * 3 * channels + c;
            FloatVector w0 = FloatVector.fromArray(S, w, from);
            FloatVector w1 = FloatVector.fromArray(S, w, from + channels);
            FloatVector w2 = FloatVector.fromArray(S, w, from + 2 * channels);
            FloatVector x0 = FloatVector.fromArray(S, x, at);
            s0 = x0.fma(w0, s0);
            FloatVector x1 = FloatVector.fromArray(S, x, at + channels);
            s1 = x1.fma(w0, s1);
            s0 = x1.fma(w1, s0);
            FloatVector x2 = FloatVector.fromArray(S, x, at + 2 * channels);
            s2 = x2.fma(w0, s2);
            s1 = x2.fma(w1, s1);
            s0 = x2.fma(w2, s0);
            FloatVector x3 = FloatVector.fromArray(S, x, at + 3 * channels);
            s3 = x3.fma(w0, s3);
            s2 = x3.fma(w1, s2);
            s1 = x3.fma(w2, s1);
            FloatVector x4 = FloatVector.fromArray(S, x, at + 4 * channels);
            s4 = x4.fma(w0, s4);
            s3 = x4.fma(w1, s3);
            s2 = x4.fma(w2, s2);
            FloatVector x5 = FloatVector.fromArray(S, x, at + 5 * channels);
            s5 = x5.fma(w0, s5);
            s4 = x5.fma(w1, s4);
            s3 = x5.fma(w2, s3);
            FloatVector x6 = FloatVector.fromArray(S, x, at + 6 * channels);
            s6 = x6.fma(w0, s6);
            s5 = x6.fma(w1, s5);
            s4 = x6.fma(w2, s4);
            FloatVector x7 = FloatVector.fromArray(S, x, at + 7 * channels);
            s6 = x7.fma(w1, s6);
            s5 = x7.fma(w2, s5);
            FloatVector x8 = FloatVector.fromArray(S, x, at + 8 * channels);
            s6 = x8.fma(w2, s6);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        int to = yAt + c;
        s0 = s0.blend(floor, s0.compare(VectorOperators.LE, floor));
        s0.blend(most, s0.compare(VectorOperators.GE, most)).intoArray(y, to);
        s1 = s1.blend(floor, s1.compare(VectorOperators.LE, floor));
        s1.blend(most, s1.compare(VectorOperators.GE, most)).intoArray(y, to + channels);
        s2 = s2.blend(floor, s2.compare(VectorOperators.LE, floor));
        s2.blend(most, s2.compare(VectorOperators.GE, most)).intoArray(y, to + 2 * channels);
        s3 = s3.blend(floor, s3.compare(VectorOperators.LE, floor));
        s3.blend(most, s3.compare(VectorOperators.GE, most)).intoArray(y, to + 3 * channels);
        s4 = s4.blend(floor, s4.compare(VectorOperators.LE, floor));
        s4.blend(most, s4.compare(VectorOperators.GE, most)).intoArray(y, to + 4 * channels);
        s5 = s5.blend(floor, s5.compare(VectorOperators.LE, floor));
        s5.blend(most, s5.compare(VectorOperators.GE, most)).intoArray(y, to + 5 * channels);
        s6 = s6.blend(floor, s6.compare(VectorOperators.LE, floor));
        s6.blend(most, s6.compare(VectorOperators.GE, most)).intoArray(y, to + 6 * channels);
    }

    private static void seven5(
            float[] y,
            int yAt,
            float[] x,
            int xAt,
            int rowStep,
            int channels,
            int c,
            int kH,
            float[] w,
            float[] base,
            float low,
            float high) {
        FloatVector s0 = FloatVector.fromArray(S, base, c);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        for (int ky = 0; ky < kH; ky++) {
            int at = xAt + ky * rowStep + c;
            int from = ky * 5 * channels + c;
            FloatVector w0 = FloatVector.fromArray(S, w, from);
            FloatVector w1 = FloatVector.fromArray(S, w, from + channels);
            FloatVector w2 = FloatVector.fromArray(S, w, from + 2 * channels);
            FloatVector w3 = FloatVector.fromArray(S, w, from + 3 * channels);
            FloatVector w4 = FloatVector.fromArray(S, w, from + 4 * channels);
            FloatVector x0 = FloatVector.fromArray(S, x, at);
            s0 = x0.fma(w0, s0);
            FloatVector x1 = FloatVector.fromArray(S, x, at + channels);
            s1 = x1.fma(w0, s1);
            s0 = x1.fma(w1, s0);
            FloatVector x2 = FloatVector.fromArray(S, x, at + 2 * channels);
            s2 = x2.fma(w0, s2);
            s1 = x2.fma(w1, s1);
            s0 = x2.fma(w2, s0);
            FloatVector x3 = FloatVector.fromArray(S, x, at + 3 * channels);
            s3 = x3.fma(w0, s3);
            s2 = x3.fma(w1, s2);
            s1 = x3.fma(w2, s1);
            s0 = x3.fma(w3, s0);
            FloatVector x4 = FloatVector.fromArray(S, x, at + 4 * channels);
            s4 = x4.fma(w0, s4);
            s3 = x4.fma(w1, s3);
            s2 = x4.fma(w2, s2);
            s1 = x4.fma(w3, s1);
            s0 = x4.fma(w4, s0);
            FloatVector x5 = FloatVector.fromArray(S, x, at + 5 * channels);
            s5 = x5.fma(w0, s5);
            s4 = x5.fma(w1, s4);
            s3 = x5.fma(w2, s3);
            s2 = x5.fma(w3, s2);
            s1 = x5.fma(w4, s1);
            FloatVector x6 = FloatVector.fromArray(S, x, at + 6 * channels);
            s6 = x6.fma(w0, s6);
            s5 = x6.fma(w1, s5);
            s4 = x6.fma(w2, s4);
            s3 = x6.fma(w3, s3);
            s2 = x6.fma(w4, s2);
            FloatVector x7 = FloatVector.fromArray(S, x, at + 7 * channels);
            s6 = x7.fma(w1, s6);
            s5 = x7.fma(w2, s5);
            s4 = x7.fma(w3, s4);
            s3 = x7.fma(w4, s3);
            FloatVector x8 = FloatVector.fromArray(S, x, at + 8 * channels);
            s6 = x8.fma(w2, s6);
            s5 = x8.fma(w3, s5);
            s4 = x8.fma(w4, s4);
            FloatVector x9 = FloatVector.fromArray(S, x, at + 9 * channels);
            s6 = x9.fma(w3, s6);
            s5 = x9.fma(w4, s5);
            FloatVector x10 = FloatVector.fromArray(S, x, at + 10 * channels);
            s6 = x10.fma(w4, s6);
        }
        FloatVector floor = FloatVector.broadcast(S, low);
        FloatVector most = FloatVector.broadcast(S, high);
        int to = yAt + c;
        s0 = s0.blend(floor, s0.compare(VectorOperators.LE, floor));
        s0.blend(most, s0.compare(VectorOperators.GE, most)).intoArray(y, to);
        s1 = s1.blend(floor, s1.compare(VectorOperators.LE, floor));
        s1.blend(most, s1.compare(VectorOperators.GE, most)).intoArray(y, to + channels);
        s2 = s2.blend(floor, s2.compare(VectorOperators.LE, floor));
        s2.blend(most, s2.compare(VectorOperators.GE, most)).intoArray(y, to + 2 * channels);
        s3 = s3.blend(floor, s3.compare(VectorOperators.LE, floor));
        s3.blend(most, s3.compare(VectorOperators.GE, most)).intoArray(y, to + 3 * channels);
        s4 = s4.blend(floor, s4.compare(VectorOperators.LE, floor));
        s4.blend(most, s4.compare(VectorOperators.GE, most)).intoArray(y, to + 4 * channels);
        s5 = s5.blend(floor, s5.compare(VectorOperators.LE, floor));
        s5.blend(most, s5.compare(VectorOperators.GE, most)).intoArray(y, to + 5 * channels);
        s6 = s6.blend(floor, s6.compare(VectorOperators.LE, floor));
        s6.blend(most, s6.compare(VectorOperators.GE, most)).intoArray(y, to + 6 * channels);
    }
}
