package dev.aorta.backend.cpu;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Sums and searches. Each chunk adds in one fixed order and the chunks are added in theirs, in double precision. */
final class Reduce {
    /** Rows added in single precision before their sum goes to a double. */
    private static final int FLOAT_ROWS = 32;

    private Reduce() {}

    static double sum(Parallel p, float[] x) {
        double[] partial = new double[Chunks.count(x.length, 1)];
        Chunks.run(p, x.length, (from, to) -> partial[from / Chunks.ELEMENTS] = sum(x, from, to));
        return total(partial);
    }

    private static double sum(float[] x, int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = from;
        for (; i < to - 3; i += 4) {
            a += x[i];
            b += x[i + 1];
            c += x[i + 2];
            d += x[i + 3];
        }
        for (; i < to; i++) {
            a += x[i];
        }
        return (a + b) + (c + d);
    }

    static double sumOfSquares(Parallel p, float[] x) {
        double[] partial = new double[Chunks.count(x.length, 1)];
        Chunks.run(p, x.length, (from, to) -> partial[from / Chunks.ELEMENTS] = sumOfSquares(x, from, to));
        return total(partial);
    }

    private static double sumOfSquares(float[] x, int from, int to) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = from;
        for (; i < to - 3; i += 4) {
            a += (double) x[i] * x[i];
            b += (double) x[i + 1] * x[i + 1];
            c += (double) x[i + 2] * x[i + 2];
            d += (double) x[i + 3] * x[i + 3];
        }
        for (; i < to; i++) {
            a += (double) x[i] * x[i];
        }
        return (a + b) + (c + d);
    }

    static double total(double[] partial) {
        double sum = 0;
        for (double value : partial) {
            sum += value;
        }
        return sum;
    }

    static void argmax(Parallel p, float[] dst, float[] src, int rows, int classes) {
        Chunks.rows(p, rows, classes, (from, to) -> {
            for (int r = from; r < to; r++) {
                int best = 0;
                for (int c = 1; c < classes; c++) {
                    best = src[r * classes + c] > src[r * classes + best] ? c : best;
                }
                dst[r] = best;
            }
        });
    }

    static int firstInvalidLabel(Parallel p, float[] labels, int classes) {
        AtomicInteger first = new AtomicInteger(Integer.MAX_VALUE);
        Chunks.run(p, labels.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                float label = labels[i];
                if (!(label >= 0 && label < classes && label == (int) label)) {
                    first.accumulateAndGet(i, Math::min);
                    return;
                }
            }
        });
        return first.get() == Integer.MAX_VALUE ? -1 : first.get();
    }

    static void biasGrad(Parallel p, float[] db, float[] dy, float @Nullable [] mask, int rows, int channels) {
        int step = Chunks.rowsPerChunk(channels);
        int chunks = Chunks.count(rows, channels);
        double[] partial = new double[chunks * channels];
        Chunks.rows(p, rows, channels, (from, to) -> {
            float[] sum = new float[channels];
            for (int r = from; r < to; r += FLOAT_ROWS) {
                int n = Math.min(FLOAT_ROWS, to - r);
                Arrays.fill(sum, 0);
                Lanes.addRows(sum, dy, mask, r * channels, n, channels);
                for (int c = 0; c < channels; c++) {
                    partial[from / step * channels + c] += sum[c];
                }
            }
        });
        for (int c = 0; c < channels; c++) {
            double sum = 0;
            for (int i = 0; i < chunks; i++) {
                sum += partial[i * channels + c];
            }
            db[c] = (float) sum;
        }
    }
}
