package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The loops of {@link FewTaps}. A last vector that would reach beyond the channels begins earlier, and computes a few of them
 * again. Each sum is a variable of its own, since only local variables stay in registers.
 */
final class FewTapsSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** Sums of a weight gradient in registers. */
    static final int GROUP = 9;

    private FewTapsSimd() {}

    /**
     * For each group of {@link #GROUP} offsets and each vector v of channels, {@code sums[k, v] += sum over n pixels i of x[i * step +
     * offset[k]] * dy[i, v]}, and behind them the sum of {@code dy[i, v]}; dy counts as 0 unless mask is above 0.
     */
    static void correlate(
            float[] sums,
            int sumsAt,
            float[] dy,
            float @Nullable [] mask,
            int dyAt,
            int channels,
            int n,
            float[] x,
            int xAt,
            int step,
            int[] offset) {
        int vectors = Math.ceilDiv(channels, L);
        for (int k = 0; k < offset.length; k += GROUP) {
            for (int v = 0; v < vectors; v++) {
                int from = dyAt + Math.min(v * L, channels - L);
                int to = sumsAt + (k / GROUP * (GROUP + 1) * vectors + v) * L;
                if (mask == null) {
                    group(sums, to, vectors * L, dy, from, channels, n, x, xAt, step, offset, k);
                } else {
                    group(sums, to, vectors * L, dy, mask, from, channels, n, x, xAt, step, offset, k);
                }
            }
        }
    }

    private static void group(
            float[] sums,
            int to,
            int width,
            float[] dy,
            int dyAt,
            int channels,
            int n,
            float[] x,
            int xAt,
            int step,
            int[] offset,
            int k) {
        FloatVector s0 = FloatVector.fromArray(S, sums, to);
        FloatVector s1 = FloatVector.fromArray(S, sums, to + width);
        FloatVector s2 = FloatVector.fromArray(S, sums, to + 2 * width);
        FloatVector s3 = FloatVector.fromArray(S, sums, to + 3 * width);
        FloatVector s4 = FloatVector.fromArray(S, sums, to + 4 * width);
        FloatVector s5 = FloatVector.fromArray(S, sums, to + 5 * width);
        FloatVector s6 = FloatVector.fromArray(S, sums, to + 6 * width);
        FloatVector s7 = FloatVector.fromArray(S, sums, to + 7 * width);
        FloatVector s8 = FloatVector.fromArray(S, sums, to + 8 * width);
        FloatVector s9 = FloatVector.fromArray(S, sums, to + 9 * width);
        int x0 = xAt + offset[k];
        int x1 = xAt + offset[k + 1];
        int x2 = xAt + offset[k + 2];
        int x3 = xAt + offset[k + 3];
        int x4 = xAt + offset[k + 4];
        int x5 = xAt + offset[k + 5];
        int x6 = xAt + offset[k + 6];
        int x7 = xAt + offset[k + 7];
        int x8 = xAt + offset[k + 8];
        for (int i = 0; i < n; i++) {
            int at = i * step;
            FloatVector d = FloatVector.fromArray(S, dy, dyAt + i * channels);
            s0 = FloatVector.broadcast(S, x[x0 + at]).fma(d, s0);
            s1 = FloatVector.broadcast(S, x[x1 + at]).fma(d, s1);
            s2 = FloatVector.broadcast(S, x[x2 + at]).fma(d, s2);
            s3 = FloatVector.broadcast(S, x[x3 + at]).fma(d, s3);
            s4 = FloatVector.broadcast(S, x[x4 + at]).fma(d, s4);
            s5 = FloatVector.broadcast(S, x[x5 + at]).fma(d, s5);
            s6 = FloatVector.broadcast(S, x[x6 + at]).fma(d, s6);
            s7 = FloatVector.broadcast(S, x[x7 + at]).fma(d, s7);
            s8 = FloatVector.broadcast(S, x[x8 + at]).fma(d, s8);
            s9 = d.add(s9);
        }
        s0.intoArray(sums, to);
        s1.intoArray(sums, to + width);
        s2.intoArray(sums, to + 2 * width);
        s3.intoArray(sums, to + 3 * width);
        s4.intoArray(sums, to + 4 * width);
        s5.intoArray(sums, to + 5 * width);
        s6.intoArray(sums, to + 6 * width);
        s7.intoArray(sums, to + 7 * width);
        s8.intoArray(sums, to + 8 * width);
        s9.intoArray(sums, to + 9 * width);
    }

    /** Written twice, as a test of the mask in the loop would be one for each vector. */
    private static void group(
            float[] sums,
            int to,
            int width,
            float[] dy,
            float[] mask,
            int dyAt,
            int channels,
            int n,
            float[] x,
            int xAt,
            int step,
            int[] offset,
            int k) {
        FloatVector zero = FloatVector.zero(S);
        FloatVector s0 = FloatVector.fromArray(S, sums, to);
        FloatVector s1 = FloatVector.fromArray(S, sums, to + width);
        FloatVector s2 = FloatVector.fromArray(S, sums, to + 2 * width);
        FloatVector s3 = FloatVector.fromArray(S, sums, to + 3 * width);
        FloatVector s4 = FloatVector.fromArray(S, sums, to + 4 * width);
        FloatVector s5 = FloatVector.fromArray(S, sums, to + 5 * width);
        FloatVector s6 = FloatVector.fromArray(S, sums, to + 6 * width);
        FloatVector s7 = FloatVector.fromArray(S, sums, to + 7 * width);
        FloatVector s8 = FloatVector.fromArray(S, sums, to + 8 * width);
        FloatVector s9 = FloatVector.fromArray(S, sums, to + 9 * width);
        int x0 = xAt + offset[k];
        int x1 = xAt + offset[k + 1];
        int x2 = xAt + offset[k + 2];
        int x3 = xAt + offset[k + 3];
        int x4 = xAt + offset[k + 4];
        int x5 = xAt + offset[k + 5];
        int x6 = xAt + offset[k + 6];
        int x7 = xAt + offset[k + 7];
        int x8 = xAt + offset[k + 8];
        for (int i = 0; i < n; i++) {
            int at = i * step;
            FloatVector d = zero.blend(
                    FloatVector.fromArray(S, dy, dyAt + i * channels),
                    FloatVector.fromArray(S, mask, dyAt + i * channels).compare(VectorOperators.GT, zero));
            s0 = FloatVector.broadcast(S, x[x0 + at]).fma(d, s0);
            s1 = FloatVector.broadcast(S, x[x1 + at]).fma(d, s1);
            s2 = FloatVector.broadcast(S, x[x2 + at]).fma(d, s2);
            s3 = FloatVector.broadcast(S, x[x3 + at]).fma(d, s3);
            s4 = FloatVector.broadcast(S, x[x4 + at]).fma(d, s4);
            s5 = FloatVector.broadcast(S, x[x5 + at]).fma(d, s5);
            s6 = FloatVector.broadcast(S, x[x6 + at]).fma(d, s6);
            s7 = FloatVector.broadcast(S, x[x7 + at]).fma(d, s7);
            s8 = FloatVector.broadcast(S, x[x8 + at]).fma(d, s8);
            s9 = d.add(s9);
        }
        s0.intoArray(sums, to);
        s1.intoArray(sums, to + width);
        s2.intoArray(sums, to + 2 * width);
        s3.intoArray(sums, to + 3 * width);
        s4.intoArray(sums, to + 4 * width);
        s5.intoArray(sums, to + 5 * width);
        s6.intoArray(sums, to + 6 * width);
        s7.intoArray(sums, to + 7 * width);
        s8.intoArray(sums, to + 8 * width);
        s9.intoArray(sums, to + 9 * width);
    }
}
