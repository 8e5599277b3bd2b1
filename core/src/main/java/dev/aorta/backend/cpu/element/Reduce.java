package dev.aorta.backend.cpu.element;

import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Sums and searches. Each chunk adds in one fixed order and the chunks are added in theirs, in double precision. */
public final class Reduce {
    /** Rows that are added before their sum is added to that of the span, so that single precision does. */
    private static final int FLOAT_ROWS = 64;
    /** Spans of rows, each with a sum of its own. */
    private static final int SPANS = 16;
    /** Rows that are taken as one where they are shorter than a vector. */
    private static final int FOLD = 16;

    private Reduce() {}

    public static double sum(Parallel p, float[] x) {
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

    public static double sumOfSquares(Parallel p, float[] x) {
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

    public static void argmax(Parallel p, float[] dst, float[] src, int rows, int classes) {
        Chunks.rows(p, rows, classes, (from, to) -> {
            for (int r = from; r < to; r++) {
                int best = 0;
                for (int c = 1; c < classes; c++) {
                    best = Lanes.beats(src[r * classes + c], src[r * classes + best]) ? c : best;
                }
                dst[r] = best;
            }
        });
    }

    /** Index of the first label that the check refuses, or -1. */
    public static int firstRefused(Parallel p, float[] labels, LabelCheck check) {
        AtomicInteger first = new AtomicInteger(Integer.MAX_VALUE);
        Chunks.run(p, labels.length, (from, to) -> {
            for (int i = from; i < to; i++) {
                if (!check.accepts(labels[i])) {
                    first.accumulateAndGet(i, Math::min);
                    return;
                }
            }
        });
        return first.get() == Integer.MAX_VALUE ? -1 : first.get();
    }

    public static void biasGrad(Parallel p, float[] db, float[] dy, float @Nullable [] mask, int rows, int channels) {
        int span = Math.max(FLOAT_ROWS, Math.ceilDiv(rows, SPANS));
        int spans = Math.ceilDiv(rows, span);
        int step = channels + Chunks.APART;
        float[] sums = Scratch.floats(Slot.SHARED_A, spans * step);
        Chunks.pieces(p, rows, span, (from, end) -> {
            int at = from / span * step;
            Arrays.fill(sums, at, at + channels, 0);
            for (int r = from, n; r < end; r += n) {
                n = Math.min(FLOAT_ROWS, end - r);
                addRows(sums, at, dy, mask, r, n, channels);
            }
        });
        for (int c = 0; c < channels; c++) {
            double sum = 0;
            for (int i = 0; i < spans; i++) {
                sum += sums[i * step + c];
            }
            db[c] = (float) sum;
        }
    }

    /** Adds the sum of some rows, each of which is itself a sum of {@link #FOLD} rows where rows are shorter than a vector. */
    private static void addRows(
            float[] sums, int at, float[] x, float @Nullable [] mask, int row, int rows, int channels) {
        int fold = channels < FOLD && rows % FOLD == 0 ? FOLD : 1;
        int width = fold * channels;
        float[] sum = Scratch.floats(Slot.TASK_A, width);
        Arrays.fill(sum, 0, width, 0);
        Lanes.addRows(sum, x, mask, row * channels, rows / fold, width);
        for (int i = 0; i < width; i += channels) {
            for (int c = 0; c < channels; c++) {
                sums[at + c] += sum[i + c];
            }
        }
    }
}
