package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.ExpSimd;
import dev.aorta.backend.cpu.machine.LanesSimd;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The whole vectors of {@link ReduceRow} and {@link ReduceColumns}; those of columns return how many columns they did. */
final class ReduceSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;

    private ReduceSimd() {}

    static float sum(float[] x, int at, int n) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        FloatVector s2 = FloatVector.zero(S);
        FloatVector s3 = FloatVector.zero(S);
        int i = at;
        for (; i <= at + n - 4 * L; i += 4 * L) {
            s0 = FloatVector.fromArray(S, x, i).add(s0);
            s1 = FloatVector.fromArray(S, x, i + L).add(s1);
            s2 = FloatVector.fromArray(S, x, i + 2 * L).add(s2);
            s3 = FloatVector.fromArray(S, x, i + 3 * L).add(s3);
        }
        for (; i < at + n; i += L) {
            s0 = FloatVector.fromArray(S, x, i).add(s0);
        }
        return LanesSimd.sum(s0.add(s1).add(s2.add(s3)));
    }

    static float sumOfExp(float[] x, int at, int n, float most) {
        FloatVector sum = FloatVector.zero(S);
        for (int i = at; i < at + n; i += L) {
            sum = ExpSimd.exp(FloatVector.fromArray(S, x, i).sub(most)).add(sum);
        }
        return LanesSimd.sum(sum);
    }

    /** Writes {@code e^(x - most)} and returns the sum. */
    static float exponentials(float[] y, int yAt, float[] x, int xAt, int n, float most) {
        FloatVector sum = FloatVector.zero(S);
        for (int i = 0; i < n; i += L) {
            FloatVector e = ExpSimd.exp(FloatVector.fromArray(S, x, xAt + i).sub(most));
            e.intoArray(y, yAt + i);
            sum = e.add(sum);
        }
        return LanesSimd.sum(sum);
    }

    static float most(float[] x, int at, int n, float sign) {
        FloatVector m0 = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
        FloatVector m1 = m0;
        int i = at;
        for (; i <= at + n - 2 * L; i += 2 * L) {
            m0 = FloatVector.fromArray(S, x, i).mul(sign).max(m0);
            m1 = FloatVector.fromArray(S, x, i + L).mul(sign).max(m1);
        }
        if (i < at + n) {
            m0 = FloatVector.fromArray(S, x, i).mul(sign).max(m0);
        }
        return m0.max(m1).reduceLanes(VectorOperators.MAX);
    }

    /** The first place of a vector that has the value or, where it is NaN, a NaN; n if there is none. */
    static int vectorWith(float[] x, int at, int n, float value) {
        boolean nan = Float.isNaN(value);
        int i = 0;
        for (; i < n; i += L) {
            FloatVector v = FloatVector.fromArray(S, x, at + i);
            if (nan
                    ? v.test(VectorOperators.IS_NAN).anyTrue()
                    : v.compare(VectorOperators.EQ, value).anyTrue()) {
                break;
            }
        }
        return i;
    }

    static int add(float[] sums, float[] x, int at, int rows, int step, int n) {
        int done = n - n % L;
        int r = at;
        int end = at + rows * step;
        for (; r <= end - 4 * step; r += 4 * step) {
            for (int i = 0; i < done; i += L) {
                FloatVector even = FloatVector.fromArray(S, x, r + i).add(FloatVector.fromArray(S, x, r + step + i));
                FloatVector odd = FloatVector.fromArray(S, x, r + 2 * step + i)
                        .add(FloatVector.fromArray(S, x, r + 3 * step + i));
                FloatVector.fromArray(S, sums, i).add(even.add(odd)).intoArray(sums, i);
            }
        }
        for (; r < end; r += step) {
            for (int i = 0; i < done; i += L) {
                FloatVector.fromArray(S, sums, i)
                        .add(FloatVector.fromArray(S, x, r + i))
                        .intoArray(sums, i);
            }
        }
        return done;
    }

    static int addWhere(float[] sums, float[] x, float[] mask, int at, int rows, int step, int n) {
        int done = n - n % L;
        for (int r = 0; r < rows; r++) {
            int row = at + r * step;
            for (int i = 0; i < done; i += L) {
                VectorMask<Float> on = FloatVector.fromArray(S, mask, row + i).compare(VectorOperators.GT, 0f);
                FloatVector.fromArray(S, x, row + i, on)
                        .add(FloatVector.fromArray(S, sums, i))
                        .intoArray(sums, i);
            }
        }
        return done;
    }

    static int addSquares(float[] sums, float[] x, int at, int rows, int step, int n) {
        int done = n - n % L;
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < done; i += L) {
                FloatVector v = FloatVector.fromArray(S, x, at + r * step + i);
                v.fma(v, FloatVector.fromArray(S, sums, i)).intoArray(sums, i);
            }
        }
        return done;
    }

    static int addExp(float[] sums, float[] x, float[] most, int at, int rows, int step, int n) {
        int done = n - n % L;
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < done; i += L) {
                FloatVector v = FloatVector.fromArray(S, x, at + r * step + i);
                ExpSimd.exp(v.sub(FloatVector.fromArray(S, most, i)))
                        .add(FloatVector.fromArray(S, sums, i))
                        .intoArray(sums, i);
            }
        }
        return done;
    }

    static int max(float[] most, float[] x, float sign, int at, int rows, int step, int n) {
        int done = n - n % L;
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < done; i += L) {
                FloatVector.fromArray(S, x, at + r * step + i)
                        .mul(sign)
                        .max(FloatVector.fromArray(S, most, i))
                        .intoArray(most, i);
            }
        }
        return done;
    }

    static int seek(float[] best, float[] place, float[] x, float sign, int at, int rows, int step, int first, int n) {
        int done = n - n % L;
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < done; i += L) {
                FloatVector v = FloatVector.fromArray(S, x, at + r * step + i).mul(sign);
                FloatVector so = FloatVector.fromArray(S, best, i);
                VectorMask<Float> beats = v.compare(VectorOperators.GT, so)
                        .or(v.test(VectorOperators.IS_NAN).andNot(so.test(VectorOperators.IS_NAN)));
                so.blend(v, beats).intoArray(best, i);
                FloatVector.fromArray(S, place, i).blend(first + r, beats).intoArray(place, i);
            }
        }
        return done;
    }
}
