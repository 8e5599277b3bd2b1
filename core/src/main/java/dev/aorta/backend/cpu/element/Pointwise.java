package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.CounterRandom;
import dev.aorta.backend.Unary;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Simd;
import java.util.Arrays;

/**
 * Kernels that treat every element alike. Without vectors a function is computed in double precision, by its specification.
 */
public final class Pointwise {
    private static final boolean SIMD = Simd.BITS > 0;

    private Pointwise() {}

    public static void fill(Parallel p, float[] dst, float value) {
        Chunks.run(p, dst.length, (from, to) -> Arrays.fill(dst, from, to, value));
    }

    public static void scale(Parallel p, float[] dst, float[] src, float alpha) {
        Chunks.run(p, dst.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                dst[i] = alpha * src[i];
            }
        });
    }

    public static void axpby(Parallel p, float[] dst, float alpha, float[] src, float beta) {
        Chunks.run(p, dst.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                dst[i] = alpha * dst[i] + beta * src[i];
            }
        });
    }

    public static void unary(Parallel p, float[] y, float[] x, Unary f) {
        if (SIMD) {
            UnarySimd.run(p, y, x, f);
            return;
        }
        Chunks.run(p, y.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                y[i] = (float) f.value(x[i]);
            }
        });
    }

    public static void unaryGrad(Parallel p, float[] dx, float[] dy, float[] x, float[] y, Unary f) {
        if (SIMD) {
            UnarySimd.gradient(p, dx, dy, x, y, f);
            return;
        }
        Chunks.run(p, dx.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                dx[i] = (float) (dy[i] * f.slope(x[i], y[i]));
            }
        });
    }

    public static void binary(Parallel p, float[] y, float[] a, float[] b, Binary f, Broadcast s) {
        if (SIMD) {
            BinarySimd.Value loop = BinarySimd.value(f);
            Pieces.run(p, a, b, s, (at, pa, aAt, pb, bAt, n) -> BinarySimd.run(loop, y, at, pa, aAt, pb, bAt, n));
            return;
        }
        Pieces.run(p, a, b, s, (at, pa, aAt, pb, bAt, n) -> {
            for (int i = 0; i < n; i++) {
                y[at + i] = (float) f.value(pa[aAt + i], pb[bAt + i]);
            }
        });
    }

    public static void binaryGrad(
            Parallel p, float[] d, float[] dy, float[] a, float[] b, boolean second, Binary f, Broadcast s) {
        if (SIMD) {
            BinarySimd.Gradient loop = BinarySimd.gradient(f, second);
            Pieces.run(p, a, b, s, (at, pa, aAt, pb, bAt, n) -> BinarySimd.run(loop, d, dy, at, pa, aAt, pb, bAt, n));
            return;
        }
        Pieces.run(p, a, b, s, (at, pa, aAt, pb, bAt, n) -> {
            for (int i = 0; i < n; i++) {
                d[at + i] = (float) (dy[at + i] * f.slope(pa[aAt + i], pb[bAt + i], second));
            }
        });
    }

    public static void dropout(Parallel p, float[] y, float[] x, float rate, long seed) {
        long threshold = (long) Math.ceil(rate * 0x1p24);
        float factor = 1 / (1 - rate);
        Chunks.run(p, y.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                // all bits of a float where it is kept, none where it is dropped: a branch would be mispredicted
                int kept = (int) ~(((CounterRandom.bits(seed, i) >>> 40) - threshold) >> 63);
                y[i] = Float.intBitsToFloat(Float.floatToRawIntBits(x[i] * factor) & kept);
            }
        });
    }
}
