package dev.aorta.backend.cpu.element;

import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Exp;
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

    public static void run(Parallel p, float[] y, float[] x, Reduction f, ReduceShape s) {
        if (y.length == 1 && f == Reduction.SUM) {
            y[0] = (float) sum(p, x);
            return;
        }
        if (y.length == 1 && f == Reduction.SUM_OF_SQUARES) {
            y[0] = (float) sumOfSquares(p, x);
            return;
        }
        Chunks.rows(p, y.length, s.length(), (from, to) -> {
            for (int i = from; i < to; i++) {
                y[i] = (float) reduce(x, i / s.inner() * s.length() * s.inner() + i % s.inner(), f, s);
            }
        });
    }

    private static double reduce(float[] x, int at, Reduction f, ReduceShape s) {
        int best = 0;
        double sum = 0;
        int step = s.inner();
        switch (f) {
            case SUM, MEAN -> {
                for (int k = 0; k < s.length(); k++) {
                    sum += x[at + k * step];
                }
            }
            case SUM_OF_SQUARES -> {
                for (int k = 0; k < s.length(); k++) {
                    sum += (double) x[at + k * step] * x[at + k * step];
                }
            }
            case MAX, ARGMAX, LOG_SUM_EXP -> {
                for (int k = 1; k < s.length(); k++) {
                    best = Lanes.beats(x[at + k * step], x[at + best * step]) ? k : best;
                }
            }
            case MIN, ARGMIN -> {
                for (int k = 1; k < s.length(); k++) {
                    best = Lanes.beats(-x[at + k * step], -x[at + best * step]) ? k : best;
                }
            }
        }
        float most = x[at + best * step];
        if (f == Reduction.LOG_SUM_EXP && !Float.isInfinite(most)) {
            for (int k = 0; k < s.length(); k++) {
                sum += Exp.exp(x[at + k * step] - most);
            }
        }
        return switch (f) {
            case SUM, SUM_OF_SQUARES -> sum;
            case MEAN -> sum / s.length();
            case MAX, MIN -> most;
            case ARGMAX, ARGMIN -> best;
            case LOG_SUM_EXP -> Float.isInfinite(most) ? most : most + Math.log(sum);
        };
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
