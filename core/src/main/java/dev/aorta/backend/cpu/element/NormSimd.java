package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.LanesSimd;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The whole vectors of {@link LayerNorm}; those that write rows return how many elements they did. */
final class NormSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;

    private NormSimd() {}

    static float squares(float[] x, int at, int n, float m) {
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
        return LanesSimd.sum(even.add(odd));
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

    /** Writes the sums of {@code g = dy * gamma} and of {@code g * (x - m)}. */
    static void slopes(float[] sums, float[] dy, float[] x, int at, float m, float[] gamma, int c, int n) {
        FloatVector ofOne = FloatVector.zero(S);
        FloatVector ofX = FloatVector.zero(S);
        for (int i = 0; i < n; i += L) {
            FloatVector g = FloatVector.fromArray(S, dy, at + i).mul(FloatVector.fromArray(S, gamma, c + i));
            ofOne = g.add(ofOne);
            ofX = g.fma(FloatVector.fromArray(S, x, at + i).sub(m), ofX);
        }
        sums[0] = LanesSimd.sum(ofOne);
        sums[1] = LanesSimd.sum(ofX);
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
}
