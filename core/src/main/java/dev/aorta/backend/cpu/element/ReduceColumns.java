package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Reduction;
import dev.aorta.backend.cpu.machine.Exp;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reductions over rows, all columns at once: the rows are read in order, and what they come to so far stays in the L1 cache. Rows
 * that are neighbours and short are taken several as one, and the result is folded.
 */
final class ReduceColumns {
    /** Rows that single precision adds before their sum is added to that of all. */
    private static final int FLOAT_ROWS = 64;
    /** Columns that short rows together have at least, and at most. */
    private static final int LEAST = 64;

    private static final int MOST = 4096;

    private static final boolean SIMD = Simd.BITS > 0;

    private ReduceColumns() {}

    /**
     * {@code out[to + i] = f over r of x[at + r * step + i]}, {@code 0 <= i < n}; a mean is that before the division.
     *
     * @param mask null, or a sum takes x only where this is above 0
     */
    static void run(
            Reduction f, double[] out, int to, float[] x, float @Nullable [] mask, int at, int rows, int step, int n) {
        int fold = step == n ? fold(rows, n) : 1;
        switch (f) {
            case SUM, MEAN, SUM_OF_SQUARES -> sum(f, out, to, x, mask, null, at, rows, step, n, fold);
            case MAX -> most(out, to, x, 1, at, rows, step, n, fold);
            case MIN -> most(out, to, x, -1, at, rows, step, n, fold);
            case LOG_SUM_EXP -> logSumExp(out, to, x, at, rows, step, n, fold);
            case ARGMAX -> seek(out, to, x, 1, at, rows, step, n, fold);
            case ARGMIN -> seek(out, to, x, -1, at, rows, step, n, fold);
        }
    }

    /** Few rows, which lie one after another: {@code y[to + i] = f over r of x[r * n + i]}, in single precision. */
    static void few(Reduction f, float[] y, int to, float[] x, int rows, int n) {
        switch (f) {
            case SUM, MEAN, SUM_OF_SQUARES -> {
                float[] sums = zeros(Slot.TASK_C, n);
                add(f, sums, x, null, null, 0, rows, n, n);
                float divisor = f == Reduction.MEAN ? rows : 1;
                for (int i = 0; i < n; i++) {
                    y[to + i] = sums[i] / divisor;
                }
            }
            case MAX -> System.arraycopy(most(x, 1, 0, rows, n, n, 1), 0, y, to, n);
            case MIN -> {
                float[] most = most(x, -1, 0, rows, n, n, 1);
                for (int i = 0; i < n; i++) {
                    y[to + i] = -most[i];
                }
            }
            case LOG_SUM_EXP -> {
                float[] most = most(x, 1, 0, rows, n, n, 1);
                float[] sums = zeros(Slot.TASK_D, n);
                addExp(sums, x, most, 0, rows, n, n);
                for (int i = SIMD ? ReduceSimd.logSumExp(y, to, most, sums, n) : 0; i < n; i++) {
                    y[to + i] = Float.isInfinite(most[i]) ? most[i] : (float) (most[i] + Math.log(sums[i]));
                }
            }
            case ARGMAX -> places(y, to, x, 1, rows, n);
            case ARGMIN -> places(y, to, x, -1, rows, n);
        }
    }

    private static void places(float[] y, int to, float[] x, float sign, int rows, int n) {
        for (int i = SIMD ? ReduceSimd.places(y, to, x, sign, rows, n) : 0; i < n; i++) {
            int best = 0;
            for (int r = 1; r < rows; r++) {
                best = Lanes.beats(sign * x[r * n + i], sign * x[best * n + i]) ? r : best;
            }
            y[to + i] = best;
        }
    }

    private static float[] zeros(Slot slot, int n) {
        float[] zeros = Scratch.floats(slot, n);
        Arrays.fill(zeros, 0, n, 0);
        return zeros;
    }

    /**
     * How many of so many rows of n columns are taken as one: so many that they are whole vectors, not too few of them; 1 where the
     * rows are not several times as many.
     */
    static int fold(int rows, int n) {
        int whole = Simd.LANES / gcd(n, Simd.LANES);
        int fold = whole * Math.ceilDiv(LEAST, whole * n);
        return n < MOST && fold * n <= MOST && rows / 4 >= fold ? fold : 1;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /** @param most null, or what is subtracted from a row before the sum of exponentials */
    private static void sum(
            Reduction f,
            double[] out,
            int to,
            float[] x,
            float @Nullable [] mask,
            float @Nullable [] most,
            int at,
            int rows,
            int step,
            int n,
            int fold) {
        Arrays.fill(out, to, to + n, 0);
        float[] sums = Scratch.floats(Slot.TASK_C, fold * n);
        for (int r = 0; r < rows; ) {
            int wide = Math.min(FLOAT_ROWS, (rows - r) / fold);
            // the last rows are fewer than a fold
            int width = wide > 0 ? fold * n : (rows - r) * n;
            int taken = wide > 0 ? wide * fold : rows - r;
            Arrays.fill(sums, 0, width, 0);
            add(f, sums, x, mask, most, at + r * step, Math.max(1, wide), fold * step, width);
            for (int i = 0; i < width; i += n) {
                for (int c = 0; c < n; c++) {
                    out[to + c] += sums[i + c];
                }
            }
            r += taken;
        }
    }

    private static void add(
            Reduction f,
            float[] sums,
            float[] x,
            float @Nullable [] mask,
            float @Nullable [] most,
            int at,
            int rows,
            int step,
            int n) {
        if (most != null) {
            addExp(sums, x, most, at, rows, step, n);
        } else if (f == Reduction.SUM_OF_SQUARES) {
            addSquares(sums, x, at, rows, step, n);
        } else if (mask != null) {
            addWhere(sums, x, mask, at, rows, step, n);
        } else {
            add(sums, x, at, rows, step, n);
        }
    }

    /** {@code sums[i] += sum over r of x[at + r * step + i]}. */
    static void add(float[] sums, float[] x, int at, int rows, int step, int n) {
        int done = SIMD ? ReduceSimd.add(sums, x, at, rows, step, n) : 0;
        for (int r = 0; done < n && r < rows; r++) {
            for (int i = done; i < n; i++) {
                sums[i] += x[at + r * step + i];
            }
        }
    }

    private static void addWhere(float[] sums, float[] x, float[] mask, int at, int rows, int step, int n) {
        int done = SIMD ? ReduceSimd.addWhere(sums, x, mask, at, rows, step, n) : 0;
        for (int r = 0; done < n && r < rows; r++) {
            for (int i = done; i < n; i++) {
                sums[i] += mask[at + r * step + i] > 0 ? x[at + r * step + i] : 0;
            }
        }
    }

    private static void addSquares(float[] sums, float[] x, int at, int rows, int step, int n) {
        int done = SIMD ? ReduceSimd.addSquares(sums, x, at, rows, step, n) : 0;
        for (int r = 0; done < n && r < rows; r++) {
            for (int i = done; i < n; i++) {
                float v = x[at + r * step + i];
                sums[i] += v * v;
            }
        }
    }

    private static void addExp(float[] sums, float[] x, float[] most, int at, int rows, int step, int n) {
        int done = SIMD ? ReduceSimd.addExp(sums, x, most, at, rows, step, n) : 0;
        for (int r = 0; done < n && r < rows; r++) {
            for (int i = done; i < n; i++) {
                sums[i] += Exp.exp(x[at + r * step + i] - most[i]);
            }
        }
    }

    private static void most(double[] out, int to, float[] x, float sign, int at, int rows, int step, int n, int fold) {
        float[] most = most(x, sign, at, rows, step, n, fold);
        for (int c = 0; c < n; c++) {
            out[to + c] = sign * most[c];
        }
    }

    /** The largest of {@code sign * x} in each column; in {@link Slot#TASK_C}, NaN wins. */
    private static float[] most(float[] x, float sign, int at, int rows, int step, int n, int fold) {
        float[] most = Scratch.floats(Slot.TASK_C, fold * n);
        Arrays.fill(most, 0, fold * n, Float.NEGATIVE_INFINITY);
        int wide = rows / fold;
        max(most, x, sign, at, wide, fold * step, fold * n);
        if (wide * fold < rows) {
            max(most, x, sign, at + wide * fold * step, 1, step, (rows - wide * fold) * n);
        }
        for (int i = n; i < fold * n; i += n) {
            Lanes.max(most, 0, most, i, n);
        }
        return most;
    }

    private static void max(float[] most, float[] x, float sign, int at, int rows, int step, int n) {
        int done = SIMD ? ReduceSimd.max(most, x, sign, at, rows, step, n) : 0;
        for (int r = 0; done < n && r < rows; r++) {
            for (int i = done; i < n; i++) {
                most[i] = Math.max(most[i], sign * x[at + r * step + i]);
            }
        }
    }

    private static void logSumExp(double[] out, int to, float[] x, int at, int rows, int step, int n, int fold) {
        float[] ofColumns = most(x, 1, at, rows, step, n, fold);
        float[] most = Scratch.floats(Slot.TASK_D, fold * n);
        for (int i = 0; i < fold * n; i += n) {
            System.arraycopy(ofColumns, 0, most, i, n);
        }
        sum(Reduction.SUM, out, to, x, null, most, at, rows, step, n, fold);
        for (int c = 0; c < n; c++) {
            out[to + c] = Float.isInfinite(most[c]) ? most[c] : most[c] + Math.log(out[to + c]);
        }
    }

    private static void seek(double[] out, int to, float[] x, float sign, int at, int rows, int step, int n, int fold) {
        int width = fold * n;
        float[] best = Scratch.floats(Slot.TASK_C, width);
        float[] place = Scratch.floats(Slot.TASK_D, width);
        for (int i = 0; i < width; i++) {
            best[i] = sign * x[at + i];
            place[i] = 0;
        }
        int wide = rows / fold;
        seek(best, place, x, sign, at, wide, fold * step, 0, width);
        if (wide * fold < rows) {
            seek(best, place, x, sign, at + wide * fold * step, 1, step, wide, (rows - wide * fold) * n);
        }
        for (int c = 0; c < n; c++) {
            int found = 0;
            for (int k = 1; k < fold; k++) {
                float value = best[k * n + c];
                float so = best[found * n + c];
                boolean first = !Lanes.beats(so, value) && row(place, k, n, c, fold) < row(place, found, n, c, fold);
                found = Lanes.beats(value, so) || first ? k : found;
            }
            out[to + c] = row(place, found, n, c, fold);
        }
    }

    private static int row(float[] place, int k, int n, int c, int fold) {
        return (int) place[k * n + c] * fold + k;
    }

    /** Where a row beats the best so far, it becomes the best; places are counted from {@code first}. */
    private static void seek(
            float[] best, float[] place, float[] x, float sign, int at, int rows, int step, int first, int n) {
        int done = SIMD ? ReduceSimd.seek(best, place, x, sign, at, rows, step, first, n) : 0;
        for (int r = 0; done < n && r < rows; r++) {
            for (int i = done; i < n; i++) {
                float v = sign * x[at + r * step + i];
                if (Lanes.beats(v, best[i])) {
                    best[i] = v;
                    place[i] = first + r;
                }
            }
        }
    }
}
