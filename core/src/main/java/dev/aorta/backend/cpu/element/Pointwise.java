package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.CounterRandom;
import dev.aorta.backend.Unary;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Parallel;
import java.util.Arrays;

/** Kernels that treat every element alike. */
public final class Pointwise {
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
        Chunks.run(p, y.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                y[i] = (float) f.value(x[i]);
            }
        });
    }

    public static void unaryGrad(Parallel p, float[] dx, float[] dy, float[] x, float[] y, Unary f) {
        Chunks.run(p, dx.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                dx[i] = (float) (dy[i] * f.slope(x[i], y[i]));
            }
        });
    }

    public static void binary(Parallel p, float[] y, float[] a, float[] b, Binary f, Broadcast s) {
        forEach(p, s, (i, ia, ib) -> y[i] = (float) f.value(a[ia], b[ib]));
    }

    public static void binaryGrad(
            Parallel p, float[] d, float[] dy, float[] a, float[] b, boolean second, Binary f, Broadcast s) {
        forEach(p, s, (i, ia, ib) -> d[i] = (float) (dy[i] * f.slope(a[ia], b[ib], second)));
    }

    private interface Element {
        void visit(int i, int a, int b);
    }

    private static void forEach(Parallel p, Broadcast s, Element element) {
        Chunks.run(p, s.size(), (from, to) -> {
            for (int i = from; i < to; i++) {
                int a = 0;
                int b = 0;
                int rest = i;
                for (int axis = s.extents().length - 1; axis >= 0; axis--) {
                    int at = rest % s.extents()[axis];
                    a += at * s.strideA()[axis];
                    b += at * s.strideB()[axis];
                    rest /= s.extents()[axis];
                }
                element.visit(i, a, b);
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
