package dev.aorta.backend.cpu.element;

import dev.aorta.Activation;
import dev.aorta.backend.CounterRandom;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import java.util.Arrays;

/** Kernels that treat every element alike. */
public final class Pointwise {
    private Pointwise() {}

    public static void fill(Parallel p, float[] dst, float value) {
        Chunks.run(p, dst.length, (from, to) -> Arrays.fill(dst, from, to, value));
    }

    public static void copy(Parallel p, float[] dst, float[] src) {
        Chunks.run(p, dst.length, (from, to) -> System.arraycopy(src, from, dst, from, to - from));
    }

    public static void add(Parallel p, float[] dst, float[] a, float[] b) {
        Chunks.run(p, dst.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                dst[i] = a[i] + b[i];
            }
        });
    }

    public static void mul(Parallel p, float[] dst, float[] a, float[] b) {
        Chunks.run(p, dst.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                dst[i] = a[i] * b[i];
            }
        });
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

    public static void activation(Parallel p, float[] y, float[] x, Activation f, float slope) {
        Chunks.Body body = switch (f) {
            case RELU ->
                (from, to) -> {
                    for (int i = from; i < to; i++) {
                        y[i] = Math.max(x[i], 0f);
                    }
                };
            case LEAKY_RELU ->
                (from, to) -> {
                    for (int i = from; i < to; i++) {
                        y[i] = Math.max(x[i], 0) + slope * Math.min(x[i], 0);
                    }
                };
            case SIGMOID -> (from, to) -> Lanes.sigmoid(y, x, from, to);
            case TANH -> (from, to) -> Lanes.tanh(y, x, from, to);
        };
        Chunks.run(p, y.length, body);
    }

    public static void activationGrad(Parallel p, float[] dx, float[] dy, float[] y, Activation f, float slope) {
        Chunks.Body body = switch (f) {
            case RELU -> (from, to) -> Lanes.where(dx, y, dy, from, to);
            case LEAKY_RELU -> (from, to) -> Lanes.whereElse(dx, y, dy, slope, from, to);
            case SIGMOID ->
                (from, to) -> {
                    for (int i = from; i < to; i++) {
                        dx[i] = dy[i] * y[i] * (1 - y[i]);
                    }
                };
            case TANH ->
                (from, to) -> {
                    for (int i = from; i < to; i++) {
                        dx[i] = dy[i] * (1 - y[i] * y[i]);
                    }
                };
        };
        Chunks.run(p, dx.length, body);
    }

    public static void biasAdd(Parallel p, float[] y, float[] x, float[] bias, int rows, int channels) {
        Chunks.rows(p, rows, channels, (from, to) -> {
            for (int r = from; r < to; r++) {
                Lanes.add(y, r * channels, x, r * channels, bias, 0, channels);
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
