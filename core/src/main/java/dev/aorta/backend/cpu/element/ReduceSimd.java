package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.ExpSimd;
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

    /** {@code y = e^(x - most)}. */
    static void exp(float[] y, int yAt, float[] x, int xAt, int n, float most) {
        for (int i = 0; i < n; i += L) {
            ExpSimd.exp(FloatVector.fromArray(S, x, xAt + i).sub(most)).intoArray(y, yAt + i);
        }
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

    /** {@code y[r * L + l] = sum over k of x[at + r * n + k * L + l]} for rows of n, which are whole vectors. */
    static void foldSum(float[] y, float[] x, int at, int rows, int n) {
        for (int r = 0; r < rows; r++) {
            int row = at + r * n;
            FloatVector sum = FloatVector.fromArray(S, x, row);
            for (int i = L; i < n; i += L) {
                sum = FloatVector.fromArray(S, x, row + i).add(sum);
            }
            sum.intoArray(y, r * L);
        }
    }

    /** The same with {@code sign} times the largest of {@code sign * x}; NaN wins. */
    static void foldMost(float[] y, float[] x, float sign, int at, int rows, int n) {
        for (int r = 0; r < rows; r++) {
            int row = at + r * n;
            FloatVector most = FloatVector.fromArray(S, x, row).mul(sign);
            for (int i = L; i < n; i += L) {
                most = FloatVector.fromArray(S, x, row + i).mul(sign).max(most);
            }
            most.mul(sign).intoArray(y, r * L);
        }
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

    /** {@code y[to + i]} is the first r for which {@code sign * x[r * n + i]} is largest; NaN wins. */
    static int places(float[] y, int to, float[] x, float sign, int rows, int n) {
        int done = n - n % L;
        for (int i = 0; i < done; i += L) {
            FloatVector best = FloatVector.fromArray(S, x, i).mul(sign);
            FloatVector place = FloatVector.zero(S);
            for (int r = 1; r < rows; r++) {
                FloatVector v = FloatVector.fromArray(S, x, r * n + i).mul(sign);
                VectorMask<Float> stays = v.compare(VectorOperators.LE, best)
                        .or(Species.exact(best).test(VectorOperators.IS_NAN));
                place = FloatVector.broadcast(S, r).blend(place, stays);
                best = v.blend(best, stays);
            }
            place.intoArray(y, to + i);
        }
        return done;
    }

    /** {@code y = most + ln(sum)}, and the most where that is infinite. */
    static int logSumExp(float[] y, int to, float[] most, float[] sums, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector m = FloatVector.fromArray(S, most, i);
            FloatVector log = ExpSimd.log(FloatVector.fromArray(S, sums, i)).add(m);
            log.blend(m, m.test(VectorOperators.IS_INFINITE)).intoArray(y, to + i);
        }
        return i;
    }
}
