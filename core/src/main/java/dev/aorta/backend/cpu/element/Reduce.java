package dev.aorta.backend.cpu.element;

import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Sums and searches. What becomes one number is cut into spans by a rule that does not know the number of threads; each span is
 * reduced in one fixed order, and the spans are in theirs, in double precision.
 */
public final class Reduce {
    /** Tasks up to which runs are cut into spans. */
    private static final int TASKS = 64;
    /** Columns that a task reduces at once. */
    private static final int WIDTH = 1024;
    /** Length or columns below which many runs are reduced side by side, and their elements at most. */
    private static final int SHORT = 64;

    private static final int MOST = 1 << 14;

    /** Floats of a page: memory so far apart shares the places of a cache. */
    private static final int PAGE = 1024;

    private static final int L = Simd.LANES;
    /** Vectors of a run up to which single precision folds them into one. */
    private static final int FOLDED = 64;

    private Reduce() {}

    public static void run(Parallel p, float[] y, float[] x, Reduction f, ReduceShape s) {
        boolean isShort = s.inner() == 1
                ? s.length() < SHORT
                : s.inner() < SHORT
                        && s.outer() > 1
                        && s.length() < MOST
                        && ReduceColumns.fold(s.length(), s.inner()) == 1;
        if (isShort && s.length() * s.inner() <= MOST) {
            Chunks.rows(p, s.outer(), s.length() * s.inner(), (from, to) -> shortRuns(y, x, f, s, from, to));
        } else if (folds(f, s)) {
            Chunks.rows(p, s.outer(), s.length(), (from, to) -> foldedRuns(y, x, f, s.length(), from, to));
        } else {
            run(p, y, x, null, f, s);
        }
    }

    /** {@code db = sum of dy} over all rows, where the mask, if there is one, is above 0. */
    public static void biasGrad(Parallel p, float[] db, float[] dy, float @Nullable [] mask, int rows, int channels) {
        run(p, db, dy, mask, Reduction.SUM, new ReduceShape(1, rows, channels));
    }

    private static void run(Parallel p, float[] y, float[] x, float @Nullable [] mask, Reduction f, ReduceShape s) {
        int inner = s.inner();
        int width = Math.min(inner, WIDTH);
        int across = Math.ceilDiv(inner, width);
        long strips = (long) s.outer() * across;
        int wanted =
                (int) Math.min(Math.ceilDiv(TASKS, strips), Math.ceilDiv((long) s.length() * width, Chunks.ELEMENTS));
        int span = Math.ceilDiv(s.length(), wanted);
        int spans = Math.ceilDiv(s.length(), span);
        if (spans == 1) {
            Chunks.rows(p, s.outer() * across, s.length() * width, (from, to) -> {
                double[] sums = Scratch.doubles(Slot.TASK_A, width);
                for (int strip = from; strip < to; strip++) {
                    int column = strip % across * width;
                    int n = Math.min(width, inner - column);
                    int o = strip / across;
                    span(f, sums, 0, x, mask, o * s.length() * inner + column, s.length(), inner, n);
                    for (int i = 0; i < n; i++) {
                        y[o * inner + column + i] = (float) finished(f, sums[i], s.length());
                    }
                }
            });
            return;
        }
        double[] parts = Scratch.doubles(Slot.SHARED_A, spans * y.length);
        p.run(spans * s.outer() * across, task -> {
            int column = task % across * width;
            int o = task / across % s.outer();
            int first = task / across / s.outer() * span;
            int length = Math.min(span, s.length() - first);
            int n = Math.min(width, inner - column);
            int to = task / across * inner + column;
            span(f, parts, to, x, mask, (o * s.length() + first) * inner + column, length, inner, n);
            if (f == Reduction.ARGMAX || f == Reduction.ARGMIN) {
                for (int i = 0; i < n; i++) {
                    parts[to + i] += first;
                }
            }
        });
        for (int i = 0; i < y.length; i++) {
            int at = i / inner * s.length() * inner + i % inner;
            y[i] = (float) finished(f, joined(f, parts, i, y.length, spans, x, at, inner), s.length());
        }
    }

    /** Reduces rows of n columns, of which there are {@code step} in a row, from {@code x[at]}. */
    private static void span(
            Reduction f, double[] out, int to, float[] x, float @Nullable [] mask, int at, int rows, int step, int n) {
        if (step == 1 && mask == null) {
            out[to] = ReduceRow.run(f, x, at, rows);
        } else {
            ReduceColumns.run(f, out, to, x, mask, at, rows, step, n);
        }
    }

    /** What the reductions of spans, {@code parts[i + k * step]} for span k, are together. */
    private static double joined(
            Reduction f, double[] parts, int i, int step, int spans, float[] x, int at, int inner) {
        double all = parts[i];
        for (int k = 1; k < spans; k++) {
            double part = parts[i + k * step];
            all = switch (f) {
                case SUM, MEAN, SUM_OF_SQUARES -> all + part;
                case MAX -> Math.max(all, part);
                case MIN -> Math.min(all, part);
                case LOG_SUM_EXP -> logOfSum(all, part);
                case ARGMAX -> Lanes.beats(x[at + (int) part * inner], x[at + (int) all * inner]) ? part : all;
                case ARGMIN -> Lanes.beats(-x[at + (int) part * inner], -x[at + (int) all * inner]) ? part : all;
            };
        }
        return all;
    }

    /** {@code ln(e^a + e^b)}. */
    private static double logOfSum(double a, double b) {
        double most = Math.max(a, b);
        return Double.isInfinite(most) ? most : most + Math.log1p(Math.exp(Math.min(a, b) - most));
    }

    private static double finished(Reduction f, double reduced, int length) {
        return f == Reduction.MEAN ? reduced / length : reduced;
    }

    /** Runs of few elements are laid side by side, so that all of them are reduced at once, as columns. */
    private static void shortRuns(float[] y, float[] x, Reduction f, ReduceShape s, int from, int to) {
        int length = s.length();
        int inner = s.inner();
        int atOnce = apart(MOST / (length * inner));
        float[] columns = Scratch.floats(Slot.TASK_B, MOST);
        for (int o = from; o < to; o += atOnce) {
            int runs = Math.min(atOnce, to - o);
            int width = runs * inner;
            if (inner == 1) {
                Lanes.transpose(columns, 0, runs, x, o * length, length, runs, length);
            } else {
                for (int k = 0; k < length; k++) {
                    Lanes.copyRows(columns, k * width, inner, x, (o * length + k) * inner, length * inner, runs, inner);
                }
            }
            ReduceColumns.few(f, y, o * inner, columns, length, width);
        }
    }

    /** Fewer by a vector where columns of so many runs would lie whole pages apart, and push each other out of the cache. */
    private static int apart(int runs) {
        return runs % PAGE == 0 ? runs - L : runs;
    }

    /** Whether there are many runs of not too many whole vectors, and a function that does not ask where. */
    private static boolean folds(Reduction f, ReduceShape s) {
        boolean foldable = switch (f) {
            case SUM, MEAN, MAX, MIN -> true;
            case SUM_OF_SQUARES, LOG_SUM_EXP, ARGMAX, ARGMIN -> false;
        };
        return foldable
                && Simd.BITS > 0
                && s.inner() == 1
                && s.outer() >= L
                && s.length() % L == 0
                && s.length() <= FOLDED * L;
    }

    /** The vectors of each run become one; then these are laid side by side, so that no vector is reduced to a number by itself. */
    private static void foldedRuns(float[] y, float[] x, Reduction f, int length, int from, int to) {
        int atOnce = apart(MOST / L);
        float[] folded = Scratch.floats(Slot.TASK_A, MOST);
        float[] columns = Scratch.floats(Slot.TASK_B, MOST);
        for (int o = from; o < to; o += atOnce) {
            int runs = Math.min(atOnce, to - o);
            switch (f) {
                case MAX -> ReduceSimd.foldMost(folded, x, 1, o * length, runs, length);
                case MIN -> ReduceSimd.foldMost(folded, x, -1, o * length, runs, length);
                default -> ReduceSimd.foldSum(folded, x, o * length, runs, length);
            }
            Lanes.transpose(columns, 0, runs, folded, 0, L, runs, L);
            ReduceColumns.few(f == Reduction.MEAN ? Reduction.SUM : f, y, o, columns, L, runs);
            for (int i = o; f == Reduction.MEAN && i < o + runs; i++) {
                y[i] /= length;
            }
        }
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
}
