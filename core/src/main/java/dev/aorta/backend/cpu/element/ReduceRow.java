package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Reduction;
import dev.aorta.backend.cpu.machine.Exp;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.LanesSimd;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;

/** The reduction of one run of neighbours. Single precision adds no more than {@link #BLOCK} of them. */
final class ReduceRow {
    /** Elements whose sum is added to that of the row: a lane adds 64 of them to each of four sums. */
    static final int BLOCK = 256 * Simd.LANES;

    private static final boolean SIMD = Simd.BITS > 0;

    private ReduceRow() {}

    /** A mean is that before the division. */
    static double run(Reduction f, float[] x, int at, int n) {
        return switch (f) {
            case SUM, MEAN -> sum(x, at, n);
            case SUM_OF_SQUARES -> sumOfSquares(x, at, n);
            case MAX -> most(x, at, n, 1);
            case MIN -> -most(x, at, n, -1);
            case LOG_SUM_EXP -> logSumExp(x, at, n);
            case ARGMAX -> indexOf(x, at, n, most(x, at, n, 1));
            case ARGMIN -> indexOf(x, at, n, -most(x, at, n, -1));
        };
    }

    private static int whole(int n) {
        return SIMD ? n - n % Simd.LANES : 0;
    }

    static double sum(float[] x, int at, int n) {
        double sum = 0;
        int whole = whole(n);
        for (int i = 0; i < whole; i += BLOCK) {
            sum += LanesSimd.sum(x, at + i, Math.min(BLOCK, whole - i));
        }
        for (int i = whole; i < n; i++) {
            sum += x[at + i];
        }
        return sum;
    }

    private static double sumOfSquares(float[] x, int at, int n) {
        double sum = 0;
        int whole = whole(n);
        for (int i = 0; i < whole; i += BLOCK) {
            sum += Lanes.dot(x, at + i, x, at + i, Math.min(BLOCK, whole - i));
        }
        for (int i = whole; i < n; i++) {
            sum += (double) x[at + i] * x[at + i];
        }
        return sum;
    }

    /** The largest of {@code sign * x}; NaN wins. */
    private static float most(float[] x, int at, int n, float sign) {
        int whole = whole(n);
        float most = whole > 0 ? ReduceSimd.most(x, at, whole, sign) : Float.NEGATIVE_INFINITY;
        for (int i = whole; i < n; i++) {
            most = Math.max(most, sign * x[at + i]);
        }
        return most;
    }

    private static double logSumExp(float[] x, int at, int n) {
        float most = most(x, at, n, 1);
        return Float.isInfinite(most) ? most : most + Math.log(sumOfExp(x, at, n, most));
    }

    private static double sumOfExp(float[] x, int at, int n, float most) {
        float[] e = Scratch.floats(Slot.TASK_C, Math.min(BLOCK, n));
        double sum = 0;
        for (int i = 0; i < n; i += BLOCK) {
            sum += exponentials(e, 0, x, at + i, Math.min(BLOCK, n - i), most);
        }
        return sum;
    }

    /** Writes {@code e^(x - max x)} of n elements and returns the sum. */
    static float exponentials(float[] y, int yAt, float[] x, int xAt, int n) {
        return exponentials(y, yAt, x, xAt, n, most(x, xAt, n, 1));
    }

    private static float exponentials(float[] y, int yAt, float[] x, int xAt, int n, float most) {
        int whole = whole(n);
        float sum = 0;
        if (whole > 0) {
            ReduceSimd.exp(y, yAt, x, xAt, whole, most);
            sum = LanesSimd.sum(y, yAt, whole);
        }
        for (int i = whole; i < n; i++) {
            y[yAt + i] = Exp.exp(x[xAt + i] - most);
            sum += y[yAt + i];
        }
        return sum;
    }

    /** The first place of a value that occurs, or of NaN. */
    private static int indexOf(float[] x, int at, int n, float value) {
        int i = SIMD ? ReduceSimd.vectorWith(x, at, whole(n), value) : 0;
        while (x[at + i] != value && !(Float.isNaN(value) && Float.isNaN(x[at + i]))) {
            i++;
        }
        return i;
    }
}
