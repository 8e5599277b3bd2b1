package dev.aorta.backend.cpu.element;

import dev.aorta.backend.NormShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Normalisation of images of one pixel: what shares a mean is a run of neighbours, read several times while it is in the cache. */
final class LayerNorm {
    /** Spans of images, each with sums of its own of the gradients for gamma and beta. */
    private static final int SPANS = 64;
    /** Images that single precision adds. */
    private static final int FLOAT_ROWS = 64;

    private static final int BLOCK = ReduceRow.BLOCK;

    private static final boolean SIMD = Simd.BITS > 0;

    private LayerNorm() {}

    static void forward(
            Parallel p, float[] y, float[] mean, float[] invStd, float[] x, float[] gamma, float[] beta, NormShape s) {
        int n = s.shared();
        Chunks.rows(p, s.statistics(), n, (from, to) -> {
            for (int k = from; k < to; k++) {
                double exact = ReduceRow.sum(x, k * n, n) / n;
                float m = (float) exact;
                double variance = Math.max(0, squares(x, k * n, n, m) / n - (exact - m) * (exact - m));
                float scale = (float) (1 / Math.sqrt(variance + s.epsilon()));
                mean[k] = m;
                invStd[k] = scale;
                int c = k % s.groups() * n;
                for (int i = SIMD ? NormSimd.scale(y, x, k * n, m, scale, gamma, beta, c, n) : 0; i < n; i++) {
                    y[k * n + i] = (x[k * n + i] - m) * (scale * gamma[c + i]) + beta[c + i];
                }
            }
        });
    }

    /** The sum of {@code (x - m)^2}. */
    private static double squares(float[] x, int at, int n, float m) {
        int whole = SIMD ? n - n % Simd.LANES : 0;
        double sum = 0;
        float[] lanes = Scratch.floats(Slot.TASK_B, 2 * Simd.LANES);
        for (int i = 0; i < whole; i += BLOCK) {
            NormSimd.squares(lanes, x, at + i, Math.min(BLOCK, whole - i), m);
            sum += sum(lanes, 0);
        }
        for (int i = whole; i < n; i++) {
            double d = (double) x[at + i] - m;
            sum += d * d;
        }
        return sum;
    }

    private static double sum(float[] lanes, int from) {
        double sum = 0;
        for (int i = from; i < from + Simd.LANES; i++) {
            sum += lanes[i];
        }
        return sum;
    }

    static void backward(
            Parallel p,
            float @Nullable [] dx,
            float @Nullable [] dgamma,
            float @Nullable [] dbeta,
            float[] dy,
            float[] x,
            float[] mean,
            float[] invStd,
            float[] gamma,
            NormShape s) {
        int channels = s.channels();
        int span = Math.max(Chunks.rowsPerChunk(channels), Math.ceilDiv(s.batch(), SPANS));
        int spans = Math.ceilDiv(s.batch(), span);
        double[] parts = Scratch.doubles(Slot.SHARED_A, spans * 2 * channels);
        boolean wantsSums = dgamma != null || dbeta != null;
        p.run(spans, task -> {
            int first = task * span;
            int end = first + Math.min(span, s.batch() - first);
            Arrays.fill(parts, task * 2 * channels, (task + 1) * 2 * channels, 0);
            for (int image = first; image < end; image += FLOAT_ROWS) {
                int last = Math.min(end, image + FLOAT_ROWS);
                if (wantsSums) {
                    addSums(parts, task * 2 * channels, dy, x, mean, invStd, image, last, s);
                }
                for (int k = image * s.groups(); dx != null && k < last * s.groups(); k++) {
                    gradient(dx, dy, x, mean[k], invStd[k], gamma, k, s);
                }
            }
        });
        Norm.total(dgamma, parts, 0, spans, channels);
        Norm.total(dbeta, parts, channels, spans, channels);
    }

    /** Adds {@code dy * h} and, behind them, {@code dy} of some images, channel by channel. */
    private static void addSums(
            double[] parts,
            int at,
            float[] dy,
            float[] x,
            float[] mean,
            float[] invStd,
            int first,
            int end,
            NormShape s) {
        int channels = s.channels();
        int n = s.shared();
        float[] sums = Scratch.floats(Slot.TASK_A, 2 * channels);
        Arrays.fill(sums, 0, 2 * channels, 0);
        for (int k = first * s.groups(); k < end * s.groups(); k++) {
            int c = k % s.groups() * n;
            float m = mean[k];
            float scale = invStd[k];
            for (int i = SIMD ? NormSimd.addSums(sums, channels, dy, x, k * n, m, scale, c, n) : 0; i < n; i++) {
                sums[c + i] += dy[k * n + i] * ((x[k * n + i] - m) * scale);
                sums[channels + c + i] += dy[k * n + i];
            }
        }
        for (int i = 0; i < 2 * channels; i++) {
            parts[at + i] += sums[i];
        }
    }

    private static void gradient(
            float[] dx, float[] dy, float[] x, float m, float scale, float[] gamma, int k, NormShape s) {
        int n = s.shared();
        int at = k * n;
        int c = k % s.groups() * n;
        int whole = SIMD ? n - n % Simd.LANES : 0;
        float[] lanes = Scratch.floats(Slot.TASK_B, 2 * Simd.LANES);
        double ofOne = 0;
        double ofX = 0;
        for (int i = 0; i < whole; i += BLOCK) {
            NormSimd.slopes(lanes, dy, x, at + i, m, gamma, c + i, Math.min(BLOCK, whole - i));
            ofOne += sum(lanes, 0);
            ofX += sum(lanes, Simd.LANES);
        }
        for (int i = whole; i < n; i++) {
            double g = (double) dy[at + i] * gamma[c + i];
            ofOne += g;
            ofX += g * ((double) x[at + i] - m);
        }
        float slope = (float) (-(double) scale * scale * scale * ofX / n);
        float offset = (float) (-scale * ofOne / n);
        for (int i = SIMD ? NormSimd.gradient(dx, dy, x, at, m, scale, slope, offset, gamma, c, n) : 0; i < n; i++) {
            dx[at + i] = dy[at + i] * (scale * gamma[c + i]) + ((x[at + i] - m) * slope + offset);
        }
    }
}
