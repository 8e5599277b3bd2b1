package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The whole vectors of {@link LayerNorm}, {@link NormSums}, {@link NormCut} and {@link Norm}; those that write rows return how many elements they did. */
final class NormSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;

    private NormSimd() {}

    /** Writes the sums of {@code (x - m)^2}, one for each lane. */
    static void squares(float[] sums, float[] x, int at, int n, float m) {
        FloatVector even = FloatVector.zero(S);
        FloatVector odd = FloatVector.zero(S);
        int i = at;
        for (; i <= at + n - 2 * L; i += 2 * L) {
            FloatVector a = FloatVector.fromArray(S, x, i).sub(m);
            FloatVector b = FloatVector.fromArray(S, x, i + L).sub(m);
            even = a.fma(a, even);
            odd = b.fma(b, odd);
        }
        if (i < at + n) {
            FloatVector a = FloatVector.fromArray(S, x, i).sub(m);
            even = a.fma(a, even);
        }
        even.add(odd).intoArray(sums, 0);
    }

    static int scale(float[] y, float[] x, int at, float m, float scale, float[] gamma, float[] beta, int c, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector.fromArray(S, x, at + i)
                    .sub(m)
                    .mul(FloatVector.fromArray(S, gamma, c + i).mul(scale))
                    .add(FloatVector.fromArray(S, beta, c + i))
                    .intoArray(y, at + i);
        }
        return i;
    }

    static int addSums(float[] sums, int channels, float[] dy, float[] x, int at, float m, float scale, int c, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector g = FloatVector.fromArray(S, dy, at + i);
            FloatVector h = FloatVector.fromArray(S, x, at + i).sub(m).mul(scale);
            g.fma(h, FloatVector.fromArray(S, sums, c + i)).intoArray(sums, c + i);
            FloatVector.fromArray(S, sums, channels + c + i).add(g).intoArray(sums, channels + c + i);
        }
        return i;
    }

    /** Writes the sums of {@code g = dy * gamma}, one for each lane, and behind them of {@code g * (x - m)}. */
    static void slopes(float[] sums, float[] dy, float[] x, int at, float m, float[] gamma, int c, int n) {
        FloatVector ofOne = FloatVector.zero(S);
        FloatVector ofX = FloatVector.zero(S);
        for (int i = 0; i < n; i += L) {
            FloatVector g = FloatVector.fromArray(S, dy, at + i).mul(FloatVector.fromArray(S, gamma, c + i));
            ofOne = g.add(ofOne);
            ofX = g.fma(FloatVector.fromArray(S, x, at + i).sub(m), ofX);
        }
        ofOne.intoArray(sums, 0);
        ofX.intoArray(sums, L);
    }

    static int gradient(
            float[] dx,
            float[] dy,
            float[] x,
            int at,
            float m,
            float scale,
            float slope,
            float offset,
            float[] gamma,
            int c,
            int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector straight =
                    FloatVector.fromArray(S, x, at + i).sub(m).mul(slope).add(offset);
            FloatVector.fromArray(S, dy, at + i)
                    .fma(FloatVector.fromArray(S, gamma, c + i).mul(scale), straight)
                    .intoArray(dx, at + i);
        }
        return i;
    }

    /** Adds {@code d = x - shift} and {@code d^2} of each row to its column; returns how many columns it did. */
    static int deviations(float[] one, float[] two, float[] x, float[] shift, int at, int rows, int step, int n) {
        int done = n - n % L;
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < done; i += L) {
                FloatVector d = FloatVector.fromArray(S, x, at + r * step + i).sub(FloatVector.fromArray(S, shift, i));
                FloatVector.fromArray(S, one, i).add(d).intoArray(one, i);
                d.fma(d, FloatVector.fromArray(S, two, i)).intoArray(two, i);
            }
        }
        return done;
    }

    /** {@link NormCut#row}. */
    static int cut(
            float[] g,
            int to,
            float[] dy,
            float[] x,
            int at,
            float[] shift,
            float[] factor,
            float[] offset,
            float least,
            float high,
            int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector h = FloatVector.fromArray(S, x, at + i)
                    .sub(FloatVector.fromArray(S, shift, i))
                    .mul(FloatVector.fromArray(S, factor, i))
                    .add(FloatVector.fromArray(S, offset, i));
            VectorMask<Float> passes = h.compare(VectorOperators.GE, least).and(h.compare(VectorOperators.LE, high));
            FloatVector.fromArray(S, dy, at + i)
                    .mul(FloatVector.zero(S).blend(1, passes))
                    .intoArray(g, to + i);
        }
        return i;
    }

    /** Adds dy and {@code dy * (x - shift)}, likewise. */
    static int products(
            float[] one,
            float[] two,
            float[] dy,
            int dyAt,
            float[] x,
            float[] shift,
            int at,
            int rows,
            int step,
            int n) {
        int done = n - n % L;
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < done; i += L) {
                FloatVector g = FloatVector.fromArray(S, dy, dyAt + r * step + i);
                FloatVector d = FloatVector.fromArray(S, x, at + r * step + i).sub(FloatVector.fromArray(S, shift, i));
                FloatVector.fromArray(S, one, i).add(g).intoArray(one, i);
                d.fma(g, FloatVector.fromArray(S, two, i)).intoArray(two, i);
            }
        }
        return done;
    }

    /** {@code dx = dy * factor + (x - shift) * slope + offset} for a row. */
    static int gradients(
            float[] dx,
            float[] dy,
            float[] x,
            int at,
            float[] shift,
            float[] factor,
            float[] slope,
            float[] offset,
            int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector straight = FloatVector.fromArray(S, x, at + i)
                    .sub(FloatVector.fromArray(S, shift, i))
                    .fma(FloatVector.fromArray(S, slope, i), FloatVector.fromArray(S, offset, i));
            FloatVector.fromArray(S, dy, at + i)
                    .fma(FloatVector.fromArray(S, factor, i), straight)
                    .intoArray(dx, at + i);
        }
        return i;
    }
}
