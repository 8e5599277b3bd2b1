package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link DepthwiseSimd} on a {@link DepthwiseBand}, for one vector of channels. Its pixels are a vector apart, so that all
 * places of a row of taps differ by constants, and the compiler checks two bounds of a row and not each: 3x3 on 7 pixels takes 150 cycles
 * where it does not know their distance, 84 here, so that the loops stand here again: a parameter is no constant to the compiler. To lay an
 * image out so costs as much as that saves; a chain of convolutions writes it so.
 */
final class DepthwiseBandSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** Pixels of a group. */
    private static final int ROWS = 7;

    private DepthwiseBandSimd() {}

    /**
     * Pixels that lie as (vector of channels, pixel, L) into y, in the order of its memory.
     *
     * @param yStep floats between pixels of y
     * @param channel the first of each vector
     */
    static void gather(float[] y, int yAt, int yStep, int[] channel, float[] x, int pixels) {
        for (int p = 0; p < pixels; p++) {
            for (int v = 0; v < channel.length; v++) {
                FloatVector.fromArray(S, x, (v * pixels + p) * L).intoArray(y, yAt + p * yStep + channel[v]);
            }
        }
    }

    /**
     * A row of {@code pixels} pixels.
     *
     * @param yStep floats between pixels of y
     * @param t what a window of x sees
     * @param channel the first of the vector, as w and base count them
     * @param wStep floats between taps of w
     */
    static void row(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int pixels,
            DepthwiseTaps t,
            float[] w,
            int channel,
            int wStep,
            float[] base,
            float low,
            float high) {
        int xStep = t.stride() * L;
        if (pixels < ROWS || t.kind() == DepthwiseTaps.Kind.ANY) {
            DepthwiseSimd.row(
                    y,
                    yAt,
                    yStep,
                    x,
                    xAt,
                    xStep,
                    pixels,
                    L,
                    t.offset(),
                    t.kH(),
                    t.row(),
                    0,
                    w,
                    channel,
                    wStep,
                    base,
                    low,
                    high);
            return;
        }
        for (int p = 0; p < pixels; p += ROWS) {
            int i = Math.min(p, pixels - ROWS);
            int to = yAt + i * yStep;
            int from = xAt + i * xStep;
            switch (t.kind()) {
                case THREE -> three(y, to, yStep, x, from, t.row(), t.kH(), w, channel, wStep, base, low, high);
                case FIVE -> five(y, to, yStep, x, from, t.row(), t.kH(), w, channel, wStep, base, low, high);
                case THREE_BY_TWO ->
                    threeByTwo(y, to, yStep, x, from, t.row(), t.kH(), w, channel, wStep, base, low, high);
                case ANY -> throw new AssertionError("no loop of its own");
                case FIVE_BY_TWO ->
                    fiveByTwo(y, to, yStep, x, from, t.row(), t.kH(), w, channel, wStep, base, low, high);
            }
        }
    }

    private static void three(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int row,
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
            int at = xAt + ky * row;
            int from = wAt + ky * 3 * wStep;
            FloatVector w0 = FloatVector.fromArray(S, w, from);
            FloatVector w1 = FloatVector.fromArray(S, w, from + wStep);
            FloatVector w2 = FloatVector.fromArray(S, w, from + 2 * wStep);
            FloatVector x0 = FloatVector.fromArray(S, x, at);
            s0 = x0.fma(w0, s0);
            FloatVector x1 = FloatVector.fromArray(S, x, at + L);
            s1 = x1.fma(w0, s1);
            s0 = x1.fma(w1, s0);
            FloatVector x2 = FloatVector.fromArray(S, x, at + 2 * L);
            s2 = x2.fma(w0, s2);
            s1 = x2.fma(w1, s1);
            s0 = x2.fma(w2, s0);
            FloatVector x3 = FloatVector.fromArray(S, x, at + 3 * L);
            s3 = x3.fma(w0, s3);
            s2 = x3.fma(w1, s2);
            s1 = x3.fma(w2, s1);
            FloatVector x4 = FloatVector.fromArray(S, x, at + 4 * L);
            s4 = x4.fma(w0, s4);
            s3 = x4.fma(w1, s3);
            s2 = x4.fma(w2, s2);
            FloatVector x5 = FloatVector.fromArray(S, x, at + 5 * L);
            s5 = x5.fma(w0, s5);
            s4 = x5.fma(w1, s4);
            s3 = x5.fma(w2, s3);
            FloatVector x6 = FloatVector.fromArray(S, x, at + 6 * L);
            s6 = x6.fma(w0, s6);
            s5 = x6.fma(w1, s5);
            s4 = x6.fma(w2, s4);
            FloatVector x7 = FloatVector.fromArray(S, x, at + 7 * L);
            s6 = x7.fma(w1, s6);
            s5 = x7.fma(w2, s5);
            FloatVector x8 = FloatVector.fromArray(S, x, at + 8 * L);
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

    private static void five(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int row,
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
            int at = xAt + ky * row;
            int from = wAt + ky * 5 * wStep;
            FloatVector w0 = FloatVector.fromArray(S, w, from);
            FloatVector w1 = FloatVector.fromArray(S, w, from + wStep);
            FloatVector w2 = FloatVector.fromArray(S, w, from + 2 * wStep);
            FloatVector w3 = FloatVector.fromArray(S, w, from + 3 * wStep);
            FloatVector w4 = FloatVector.fromArray(S, w, from + 4 * wStep);
            FloatVector x0 = FloatVector.fromArray(S, x, at);
            s0 = x0.fma(w0, s0);
            FloatVector x1 = FloatVector.fromArray(S, x, at + L);
            s1 = x1.fma(w0, s1);
            s0 = x1.fma(w1, s0);
            FloatVector x2 = FloatVector.fromArray(S, x, at + 2 * L);
            s2 = x2.fma(w0, s2);
            s1 = x2.fma(w1, s1);
            s0 = x2.fma(w2, s0);
            FloatVector x3 = FloatVector.fromArray(S, x, at + 3 * L);
            s3 = x3.fma(w0, s3);
            s2 = x3.fma(w1, s2);
            s1 = x3.fma(w2, s1);
            s0 = x3.fma(w3, s0);
            FloatVector x4 = FloatVector.fromArray(S, x, at + 4 * L);
            s4 = x4.fma(w0, s4);
            s3 = x4.fma(w1, s3);
            s2 = x4.fma(w2, s2);
            s1 = x4.fma(w3, s1);
            s0 = x4.fma(w4, s0);
            FloatVector x5 = FloatVector.fromArray(S, x, at + 5 * L);
            s5 = x5.fma(w0, s5);
            s4 = x5.fma(w1, s4);
            s3 = x5.fma(w2, s3);
            s2 = x5.fma(w3, s2);
            s1 = x5.fma(w4, s1);
            FloatVector x6 = FloatVector.fromArray(S, x, at + 6 * L);
            s6 = x6.fma(w0, s6);
            s5 = x6.fma(w1, s5);
            s4 = x6.fma(w2, s4);
            s3 = x6.fma(w3, s3);
            s2 = x6.fma(w4, s2);
            FloatVector x7 = FloatVector.fromArray(S, x, at + 7 * L);
            s6 = x7.fma(w1, s6);
            s5 = x7.fma(w2, s5);
            s4 = x7.fma(w3, s4);
            s3 = x7.fma(w4, s3);
            FloatVector x8 = FloatVector.fromArray(S, x, at + 8 * L);
            s6 = x8.fma(w2, s6);
            s5 = x8.fma(w3, s5);
            s4 = x8.fma(w4, s4);
            FloatVector x9 = FloatVector.fromArray(S, x, at + 9 * L);
            s6 = x9.fma(w3, s6);
            s5 = x9.fma(w4, s5);
            FloatVector x10 = FloatVector.fromArray(S, x, at + 10 * L);
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

    private static void threeByTwo(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int row,
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
            int at = xAt + ky * row;
            int from = wAt + ky * 3 * wStep;
            FloatVector w0 = FloatVector.fromArray(S, w, from);
            FloatVector w1 = FloatVector.fromArray(S, w, from + wStep);
            FloatVector w2 = FloatVector.fromArray(S, w, from + 2 * wStep);
            FloatVector x0 = FloatVector.fromArray(S, x, at);
            s0 = x0.fma(w0, s0);
            FloatVector x1 = FloatVector.fromArray(S, x, at + L);
            s0 = x1.fma(w1, s0);
            FloatVector x2 = FloatVector.fromArray(S, x, at + 2 * L);
            s1 = x2.fma(w0, s1);
            s0 = x2.fma(w2, s0);
            FloatVector x3 = FloatVector.fromArray(S, x, at + 3 * L);
            s1 = x3.fma(w1, s1);
            FloatVector x4 = FloatVector.fromArray(S, x, at + 4 * L);
            s2 = x4.fma(w0, s2);
            s1 = x4.fma(w2, s1);
            FloatVector x5 = FloatVector.fromArray(S, x, at + 5 * L);
            s2 = x5.fma(w1, s2);
            FloatVector x6 = FloatVector.fromArray(S, x, at + 6 * L);
            s3 = x6.fma(w0, s3);
            s2 = x6.fma(w2, s2);
            FloatVector x7 = FloatVector.fromArray(S, x, at + 7 * L);
            s3 = x7.fma(w1, s3);
            FloatVector x8 = FloatVector.fromArray(S, x, at + 8 * L);
            s4 = x8.fma(w0, s4);
            s3 = x8.fma(w2, s3);
            FloatVector x9 = FloatVector.fromArray(S, x, at + 9 * L);
            s4 = x9.fma(w1, s4);
            FloatVector x10 = FloatVector.fromArray(S, x, at + 10 * L);
            s5 = x10.fma(w0, s5);
            s4 = x10.fma(w2, s4);
            FloatVector x11 = FloatVector.fromArray(S, x, at + 11 * L);
            s5 = x11.fma(w1, s5);
            FloatVector x12 = FloatVector.fromArray(S, x, at + 12 * L);
            s6 = x12.fma(w0, s6);
            s5 = x12.fma(w2, s5);
            FloatVector x13 = FloatVector.fromArray(S, x, at + 13 * L);
            s6 = x13.fma(w1, s6);
            FloatVector x14 = FloatVector.fromArray(S, x, at + 14 * L);
            s6 = x14.fma(w2, s6);
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

    private static void fiveByTwo(
            float[] y,
            int yAt,
            int yStep,
            float[] x,
            int xAt,
            int row,
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
            int at = xAt + ky * row;
            int from = wAt + ky * 5 * wStep;
            FloatVector w0 = FloatVector.fromArray(S, w, from);
            FloatVector w1 = FloatVector.fromArray(S, w, from + wStep);
            FloatVector w2 = FloatVector.fromArray(S, w, from + 2 * wStep);
            FloatVector w3 = FloatVector.fromArray(S, w, from + 3 * wStep);
            FloatVector w4 = FloatVector.fromArray(S, w, from + 4 * wStep);
            FloatVector x0 = FloatVector.fromArray(S, x, at);
            s0 = x0.fma(w0, s0);
            FloatVector x1 = FloatVector.fromArray(S, x, at + L);
            s0 = x1.fma(w1, s0);
            FloatVector x2 = FloatVector.fromArray(S, x, at + 2 * L);
            s1 = x2.fma(w0, s1);
            s0 = x2.fma(w2, s0);
            FloatVector x3 = FloatVector.fromArray(S, x, at + 3 * L);
            s1 = x3.fma(w1, s1);
            s0 = x3.fma(w3, s0);
            FloatVector x4 = FloatVector.fromArray(S, x, at + 4 * L);
            s2 = x4.fma(w0, s2);
            s1 = x4.fma(w2, s1);
            s0 = x4.fma(w4, s0);
            FloatVector x5 = FloatVector.fromArray(S, x, at + 5 * L);
            s2 = x5.fma(w1, s2);
            s1 = x5.fma(w3, s1);
            FloatVector x6 = FloatVector.fromArray(S, x, at + 6 * L);
            s3 = x6.fma(w0, s3);
            s2 = x6.fma(w2, s2);
            s1 = x6.fma(w4, s1);
            FloatVector x7 = FloatVector.fromArray(S, x, at + 7 * L);
            s3 = x7.fma(w1, s3);
            s2 = x7.fma(w3, s2);
            FloatVector x8 = FloatVector.fromArray(S, x, at + 8 * L);
            s4 = x8.fma(w0, s4);
            s3 = x8.fma(w2, s3);
            s2 = x8.fma(w4, s2);
            FloatVector x9 = FloatVector.fromArray(S, x, at + 9 * L);
            s4 = x9.fma(w1, s4);
            s3 = x9.fma(w3, s3);
            FloatVector x10 = FloatVector.fromArray(S, x, at + 10 * L);
            s5 = x10.fma(w0, s5);
            s4 = x10.fma(w2, s4);
            s3 = x10.fma(w4, s3);
            FloatVector x11 = FloatVector.fromArray(S, x, at + 11 * L);
            s5 = x11.fma(w1, s5);
            s4 = x11.fma(w3, s4);
            FloatVector x12 = FloatVector.fromArray(S, x, at + 12 * L);
            s6 = x12.fma(w0, s6);
            s5 = x12.fma(w2, s5);
            s4 = x12.fma(w4, s4);
            FloatVector x13 = FloatVector.fromArray(S, x, at + 13 * L);
            s6 = x13.fma(w1, s6);
            s5 = x13.fma(w3, s5);
            FloatVector x14 = FloatVector.fromArray(S, x, at + 14 * L);
            s6 = x14.fma(w2, s6);
            s5 = x14.fma(w4, s5);
            FloatVector x15 = FloatVector.fromArray(S, x, at + 15 * L);
            s6 = x15.fma(w3, s6);
            FloatVector x16 = FloatVector.fromArray(S, x, at + 16 * L);
            s6 = x16.fma(w4, s6);
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
