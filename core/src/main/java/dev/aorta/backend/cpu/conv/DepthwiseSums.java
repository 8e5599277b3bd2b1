package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link DepthwiseGradient}: {@code sums[k, c] += sum over pixels i of dy[i * dyStep + c] * x[i * xStep + offset[k] + c]}
 * for taps k, with the sums laid out as (vector of channels, tap, lane); the last vector begins earlier where it would reach too far. Each
 * pixel of a group is a variable of its own, since only local variables stay in registers.
 */
final class DepthwiseSums {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** Pixels of a group. */
    private static final int ROWS = 7;

    private DepthwiseSums() {}

    /**
     * A row of {@code pixels} pixels and {@code channels} channels, at least a vector.
     *
     * @param xStep floats between pixels of x whose windows are neighbours
     * @param offset of each tap in x
     * @param kH rows of taps
     * @param rowStep floats between rows of x that taps see
     * @param threes whether taps of a row are three that see neighbouring pixels, and xStep is one pixel
     */
    static void row(
            float[] sums,
            int at,
            float[] dy,
            int dyAt,
            int dyStep,
            float[] x,
            int xAt,
            int xStep,
            int pixels,
            int channels,
            int[] offset,
            int kH,
            int rowStep,
            boolean threes) {
        for (int i = 0, rows; i < pixels; i += rows) {
            rows = pixels - i >= ROWS ? ROWS : 1;
            for (int b = 0; b < channels; b += L) {
                int c = Math.min(b, channels - L);
                int to = at + b * offset.length;
                int from = xAt + i * xStep + c;
                int g = dyAt + i * dyStep + c;
                if (rows == 1) {
                    one(sums, to, dy, g, x, from, offset);
                } else if (threes) {
                    seven3(sums, to, dy, g, dyStep, x, from, xStep, kH, rowStep);
                } else {
                    seven(sums, to, dy, g, dyStep, x, from, xStep, offset);
                }
            }
        }
    }

    private static void one(float[] sums, int to, float[] dy, int dyAt, float[] x, int xAt, int[] offset) {
        FloatVector d = FloatVector.fromArray(S, dy, dyAt);
        for (int k = 0; k < offset.length; k++) {
            d.fma(FloatVector.fromArray(S, x, xAt + offset[k]), FloatVector.fromArray(S, sums, to + k * L))
                    .intoArray(sums, to + k * L);
        }
    }

    private static void seven(
            float[] sums, int to, float[] dy, int dyAt, int dyStep, float[] x, int xAt, int xStep, int[] offset) {
        FloatVector d0 = FloatVector.fromArray(S, dy, dyAt);
        FloatVector d1 = FloatVector.fromArray(S, dy, dyAt + dyStep);
        FloatVector d2 = FloatVector.fromArray(S, dy, dyAt + 2 * dyStep);
        FloatVector d3 = FloatVector.fromArray(S, dy, dyAt + 3 * dyStep);
        FloatVector d4 = FloatVector.fromArray(S, dy, dyAt + 4 * dyStep);
        FloatVector d5 = FloatVector.fromArray(S, dy, dyAt + 5 * dyStep);
        FloatVector d6 = FloatVector.fromArray(S, dy, dyAt + 6 * dyStep);
        for (int k = 0; k < offset.length; k++) {
            int at = xAt + offset[k];
            FloatVector s = FloatVector.fromArray(S, sums, to + k * L);
            s = d0.fma(FloatVector.fromArray(S, x, at), s);
            s = d1.fma(FloatVector.fromArray(S, x, at + xStep), s);
            s = d2.fma(FloatVector.fromArray(S, x, at + 2 * xStep), s);
            s = d3.fma(FloatVector.fromArray(S, x, at + 3 * xStep), s);
            s = d4.fma(FloatVector.fromArray(S, x, at + 4 * xStep), s);
            s = d5.fma(FloatVector.fromArray(S, x, at + 5 * xStep), s);
            s = d6.fma(FloatVector.fromArray(S, x, at + 6 * xStep), s);
            s.intoArray(sums, to + k * L);
        }
    }

    private static void seven3(
            float[] sums,
            int to,
            float[] dy,
            int dyAt,
            int dyStep,
            float[] x,
            int xAt,
            int xStep,
            int kH,
            int rowStep) {
        FloatVector d0 = FloatVector.fromArray(S, dy, dyAt);
        FloatVector d1 = FloatVector.fromArray(S, dy, dyAt + dyStep);
        FloatVector d2 = FloatVector.fromArray(S, dy, dyAt + 2 * dyStep);
        FloatVector d3 = FloatVector.fromArray(S, dy, dyAt + 3 * dyStep);
        FloatVector d4 = FloatVector.fromArray(S, dy, dyAt + 4 * dyStep);
        FloatVector d5 = FloatVector.fromArray(S, dy, dyAt + 5 * dyStep);
        FloatVector d6 = FloatVector.fromArray(S, dy, dyAt + 6 * dyStep);
        for (int ky = 0; ky < kH; ky++) {
            int at = xAt + ky * rowStep;
            int sum = to + ky * 3 * L;
            FloatVector s0 = FloatVector.fromArray(S, sums, sum);
            FloatVector s1 = FloatVector.fromArray(S, sums, sum + L);
            FloatVector s2 = FloatVector.fromArray(S, sums, sum + 2 * L);
            FloatVector x0 = FloatVector.fromArray(S, x, at);
            s0 = d0.fma(x0, s0);
            FloatVector x1 = FloatVector.fromArray(S, x, at + xStep);
            s0 = d1.fma(x1, s0);
            s1 = d0.fma(x1, s1);
            FloatVector x2 = FloatVector.fromArray(S, x, at + 2 * xStep);
            s0 = d2.fma(x2, s0);
            s1 = d1.fma(x2, s1);
            s2 = d0.fma(x2, s2);
            FloatVector x3 = FloatVector.fromArray(S, x, at + 3 * xStep);
            s0 = d3.fma(x3, s0);
            s1 = d2.fma(x3, s1);
            s2 = d1.fma(x3, s2);
            FloatVector x4 = FloatVector.fromArray(S, x, at + 4 * xStep);
            s0 = d4.fma(x4, s0);
            s1 = d3.fma(x4, s1);
            s2 = d2.fma(x4, s2);
            FloatVector x5 = FloatVector.fromArray(S, x, at + 5 * xStep);
            s0 = d5.fma(x5, s0);
            s1 = d4.fma(x5, s1);
            s2 = d3.fma(x5, s2);
            FloatVector x6 = FloatVector.fromArray(S, x, at + 6 * xStep);
            s0 = d6.fma(x6, s0);
            s1 = d5.fma(x6, s1);
            s2 = d4.fma(x6, s2);
            FloatVector x7 = FloatVector.fromArray(S, x, at + 7 * xStep);
            s1 = d6.fma(x7, s1);
            s2 = d5.fma(x7, s2);
            FloatVector x8 = FloatVector.fromArray(S, x, at + 8 * xStep);
            s2 = d6.fma(x8, s2);
            s0.intoArray(sums, sum);
            s1.intoArray(sums, sum + L);
            s2.intoArray(sums, sum + 2 * L);
        }
    }
}
