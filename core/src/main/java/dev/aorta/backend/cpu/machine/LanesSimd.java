package dev.aorta.backend.cpu.machine;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/** The whole vectors of {@link Lanes}; most methods return how many elements they did. */
public final class LanesSimd {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = S.length();

    private static final VectorShuffle<Float> BY_8 = down(8);
    private static final VectorShuffle<Float> BY_4 = down(4);
    private static final VectorShuffle<Float> BY_2 = down(2);
    private static final VectorShuffle<Float> BY_1 = down(1);

    private LanesSimd() {}

    /** Brings lane i + n to lane i. */
    private static VectorShuffle<Float> down(int n) {
        return VectorShuffle.fromOp(S, i -> (i + n) % L);
    }

    static void copyRows(float[] y, int yAt, int yStep, float[] x, int xAt, int xStep, int rows, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            for (int r = 0; r < rows; r++) {
                FloatVector.fromArray(S, x, xAt + r * xStep + i).intoArray(y, yAt + r * yStep + i);
            }
        }
        if (i < n) {
            VectorMask<Float> rest = S.indexInRange(i, n);
            for (int r = 0; r < rows; r++) {
                FloatVector.fromArray(S, x, xAt + r * xStep + i, rest).intoArray(y, yAt + r * yStep + i, rest);
            }
        }
    }

    /** Row after row in whole vectors, of which the next row overwrites what was too much. */
    static void repeatEach(float[] y, int yAt, int times, float[] x, int xAt, int xStep, int rows) {
        if (times <= L) {
            for (int r = 0; r < rows; r++) {
                FloatVector.broadcast(S, x[xAt + r * xStep]).intoArray(y, yAt + r * times);
            }
        } else {
            repeatLong(y, yAt, times, x, xAt, xStep, rows);
        }
    }

    private static void repeatLong(float[] y, int yAt, int times, float[] x, int xAt, int xStep, int rows) {
        for (int r = 0; r < rows; r++) {
            FloatVector v = FloatVector.broadcast(S, x[xAt + r * xStep]);
            for (int i = yAt + r * times; i < yAt + (r + 1) * times; i += L) {
                v.intoArray(y, i);
            }
        }
    }

    static void copyRowsWhere(
            float[] y, int yAt, int yStep, float[] x, float[] mask, int xAt, int xStep, int rows, int n) {
        for (int i = 0; i < n; i += L) {
            VectorMask<Float> rest = S.indexInRange(i, n);
            for (int r = 0; r < rows; r++) {
                int from = xAt + r * xStep + i;
                VectorMask<Float> on =
                        FloatVector.fromArray(S, mask, from, rest).compare(VectorOperators.GT, 0f);
                FloatVector.fromArray(S, x, from, on).intoArray(y, yAt + r * yStep + i, rest);
            }
        }
    }

    static int add(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector.fromArray(S, a, aAt + i)
                    .add(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(y, yAt + i);
        }
        return i;
    }

    static int mul(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector.fromArray(S, a, aAt + i)
                    .mul(FloatVector.fromArray(S, b, bAt + i))
                    .intoArray(y, yAt + i);
        }
        return i;
    }

    static int axpy(float[] y, int yAt, float alpha, float[] x, int xAt, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector.fromArray(S, y, yAt + i)
                    .add(FloatVector.fromArray(S, x, xAt + i).mul(alpha))
                    .intoArray(y, yAt + i);
        }
        return i;
    }

    static int atMost(float[] y, int yAt, float most, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector.fromArray(S, y, yAt + i).min(most).intoArray(y, yAt + i);
        }
        return i;
    }

    static int max(float[] y, int yAt, float[] x, int xAt, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector.fromArray(S, y, yAt + i)
                    .max(FloatVector.fromArray(S, x, xAt + i))
                    .intoArray(y, yAt + i);
        }
        return i;
    }

    static int max4(float[] y, int yAt, float[] x, int a, int b, int c, int d, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector ab = FloatVector.fromArray(S, x, a + i).max(FloatVector.fromArray(S, x, b + i));
            FloatVector cd = FloatVector.fromArray(S, x, c + i).max(FloatVector.fromArray(S, x, d + i));
            ab.max(cd).intoArray(y, yAt + i);
        }
        return i;
    }

    static int max4Grad(float[] dx, float[] dy, int yAt, float[] x, int a, int b, int c, int d, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector va = FloatVector.fromArray(S, x, a + i);
            FloatVector vb = FloatVector.fromArray(S, x, b + i);
            FloatVector vc = FloatVector.fromArray(S, x, c + i);
            FloatVector vd = FloatVector.fromArray(S, x, d + i);
            FloatVector g = FloatVector.fromArray(S, dy, yAt + i);
            FloatVector max = va.max(vb).max(vc.max(vd));
            VectorMask<Float> nan = max.test(VectorOperators.IS_NAN);
            VectorMask<Float> isA = va.eq(max).or(nan.and(va.test(VectorOperators.IS_NAN)));
            VectorMask<Float> isB =
                    vb.eq(max).or(nan.and(vb.test(VectorOperators.IS_NAN))).andNot(isA);
            VectorMask<Float> ab = isA.or(isB);
            VectorMask<Float> isC =
                    vc.eq(max).or(nan.and(vc.test(VectorOperators.IS_NAN))).andNot(ab);
            FloatVector zero = FloatVector.zero(S);
            zero.blend(g, isA).intoArray(dx, a + i);
            zero.blend(g, isB).intoArray(dx, b + i);
            zero.blend(g, isC).intoArray(dx, c + i);
            g.blend(zero, ab.or(isC)).intoArray(dx, d + i);
        }
        return i;
    }

    static int maxOfWindow(float[] y, int yAt, float[] x, int at, int rows, int rowStep, int columns, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            maxOfWindow(x, at + i, rows, rowStep, columns, n).intoArray(y, yAt + i);
        }
        return i;
    }

    private static FloatVector maxOfWindow(float[] x, int at, int rows, int rowStep, int columns, int n) {
        FloatVector most = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
        for (int r = 0; r < rows; r++) {
            for (int q = 0; q < columns; q++) {
                most = most.max(FloatVector.fromArray(S, x, at + r * rowStep + q * n));
            }
        }
        return most;
    }

    static int maxOfWindowGrad(
            float[] dx,
            float[] dy,
            int dyAt,
            float[] x,
            int at,
            int rows,
            int rowStep,
            int columns,
            int n,
            int from,
            int to) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector most = maxOfWindow(x, at + i, rows, rowStep, columns, n);
            VectorMask<Float> isNaN = most.test(VectorOperators.IS_NAN);
            FloatVector g = FloatVector.fromArray(S, dy, dyAt + i);
            for (int r = 0; r < to; r++) {
                for (int q = 0; q < columns; q++) {
                    int pixel = at + i + r * rowStep + q * n;
                    FloatVector v = FloatVector.fromArray(S, x, pixel);
                    VectorMask<Float> hit =
                            v.eq(most).or(v.test(VectorOperators.IS_NAN).and(isNaN));
                    if (r >= from) {
                        FloatVector d = FloatVector.fromArray(S, dx, pixel);
                        d.add(g, hit).intoArray(dx, pixel);
                    }
                    g = g.blend(0f, hit);
                }
            }
        }
        return i;
    }

    /** The sum of {@code a * b} over whole vectors, four of them at a time where there are as many. */
    static float dot(float[] a, int aAt, float[] b, int bAt, int n) {
        FloatVector s0 = FloatVector.zero(S);
        FloatVector s1 = FloatVector.zero(S);
        FloatVector s2 = FloatVector.zero(S);
        FloatVector s3 = FloatVector.zero(S);
        int i = 0;
        for (; i <= n - 4 * L; i += 4 * L) {
            s0 = FloatVector.fromArray(S, a, aAt + i).fma(FloatVector.fromArray(S, b, bAt + i), s0);
            s1 = FloatVector.fromArray(S, a, aAt + i + L).fma(FloatVector.fromArray(S, b, bAt + i + L), s1);
            s2 = FloatVector.fromArray(S, a, aAt + i + 2 * L).fma(FloatVector.fromArray(S, b, bAt + i + 2 * L), s2);
            s3 = FloatVector.fromArray(S, a, aAt + i + 3 * L).fma(FloatVector.fromArray(S, b, bAt + i + 3 * L), s3);
        }
        for (; i < n; i += L) {
            s0 = FloatVector.fromArray(S, a, aAt + i).fma(FloatVector.fromArray(S, b, bAt + i), s0);
        }
        // sum(v) written out: this is inlined into methods so large that the compiler stops before sum, and boxes its
        // argument
        FloatVector v = s0.add(s1).add(s2.add(s3));
        if (L > 8) {
            v = v.add(v.rearrange(BY_8));
        }
        if (L > 4) {
            v = v.add(v.rearrange(BY_4));
        }
        v = v.add(v.rearrange(BY_2));
        return v.add(v.rearrange(BY_1)).lane(0);
    }

    /** The sum of x over whole vectors, four of them at a time; the end is written out as in {@link #dot}. */
    public static float sum(float[] x, int at, int n) {
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
        FloatVector v = s0.add(s1).add(s2.add(s3));
        if (L > 8) {
            v = v.add(v.rearrange(BY_8));
        }
        if (L > 4) {
            v = v.add(v.rearrange(BY_4));
        }
        v = v.add(v.rearrange(BY_2));
        return v.add(v.rearrange(BY_1)).lane(0);
    }

    /** {@code y = start + sum over r of w[wAt + r] * x[r]} for four vectors of columns of x, whose rows are as long. */
    public static void sum4(float[] y, float start, float[] x, float[] w, int wAt, int rows) {
        FloatVector s0 = FloatVector.broadcast(S, start);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int r = 0; r < rows; r++) {
            FloatVector factor = FloatVector.broadcast(S, w[wAt + r]);
            s0 = FloatVector.fromArray(S, x, r * 4 * L).fma(factor, s0);
            s1 = FloatVector.fromArray(S, x, r * 4 * L + L).fma(factor, s1);
            s2 = FloatVector.fromArray(S, x, r * 4 * L + 2 * L).fma(factor, s2);
            s3 = FloatVector.fromArray(S, x, r * 4 * L + 3 * L).fma(factor, s3);
        }
        s0.intoArray(y, 0);
        s1.intoArray(y, L);
        s2.intoArray(y, 2 * L);
        s3.intoArray(y, 3 * L);
    }

    /** The sum of all lanes; unlike that of {@code reduceLanes}, its order is the same in compiled and interpreted code. */
    public static float sum(FloatVector x) {
        FloatVector v = Species.exact(x);
        if (L > 8) {
            v = v.add(v.rearrange(BY_8));
        }
        if (L > 4) {
            v = v.add(v.rearrange(BY_4));
        }
        v = v.add(v.rearrange(BY_2));
        return v.add(v.rearrange(BY_1)).lane(0);
    }

    static int affine(
            float[] y, float[] x, int at, float[] shift, float[] factor, float[] offset, float low, float high, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            FloatVector.fromArray(S, x, at + i)
                    .sub(FloatVector.fromArray(S, shift, i))
                    .mul(FloatVector.fromArray(S, factor, i))
                    .add(FloatVector.fromArray(S, offset, i))
                    .max(low)
                    .min(high)
                    .intoArray(y, at + i);
        }
        return i;
    }

    static int where(float[] y, float[] mask, float[] x, int from, int n) {
        int i = 0;
        for (; i <= n - L; i += L) {
            VectorMask<Float> on = FloatVector.fromArray(S, mask, from + i).compare(VectorOperators.GT, 0f);
            FloatVector.zero(S).blend(FloatVector.fromArray(S, x, from + i), on).intoArray(y, from + i);
        }
        return i;
    }
}
