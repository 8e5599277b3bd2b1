package dev.aorta.backend.cpu.machine;

import java.util.Arrays;

/**
 * Short runs of neighbouring floats, from any offset of any array. The compiler does not make vector code of such loops by
 * itself, since it cannot rule out that the arrays are one; so the vector unit takes the whole vectors and a loop the rest.
 */
public final class Lanes {
    /** Elements that {@link #repeatEach} may write behind the last one. */
    public static final int SLACK = Simd.LANES;

    private static final boolean SIMD = Simd.BITS > 0;
    /** Rows that are transposed while their columns are read, so that whole cache lines are written. */
    private static final int BAND = 32;

    private Lanes() {}

    /** {@code y = x}; short runs, for which {@link System#arraycopy} takes longer to start than to copy. */
    public static void copy(float[] y, int yAt, float[] x, int xAt, int n) {
        if (n > 8) {
            System.arraycopy(x, xAt, y, yAt, n);
        } else {
            for (int i = 0; i < n; i++) {
                y[yAt + i] = x[xAt + i];
            }
        }
    }

    /** {@code y[i] = x[i * xStep]}. */
    public static void pick(float[] y, int yAt, float[] x, int xAt, int xStep, int n) {
        if (xStep == 1) {
            copy(y, yAt, x, xAt, n);
        } else if (xStep == 0) {
            Arrays.fill(y, yAt, yAt + n, x[xAt]);
        } else {
            for (int i = 0; i < n; i++) {
                y[yAt + i] = x[xAt + i * xStep];
            }
        }
    }

    /** {@code y[r * times + i] = x[r * xStep]} for {@code rows} rows; spoils {@link #SLACK} elements of y behind them. */
    public static void repeatEach(float[] y, int yAt, int times, float[] x, int xAt, int xStep, int rows) {
        if (SIMD) {
            LanesSimd.repeatEach(y, yAt, times, x, xAt, xStep, rows);
        } else {
            for (int r = 0; r < rows; r++) {
                Arrays.fill(y, yAt + r * times, yAt + (r + 1) * times, x[xAt + r * xStep]);
            }
        }
    }

    /** {@code y[r * yStep + i] = x[r * xStep + i]} for {@code rows} rows of {@code n}. */
    public static void copyRows(float[] y, int yAt, int yStep, float[] x, int xAt, int xStep, int rows, int n) {
        if (SIMD && n > 4) {
            LanesSimd.copyRows(y, yAt, yStep, x, xAt, xStep, rows, n);
        } else {
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < n; i++) {
                    y[yAt + r * yStep + i] = x[xAt + r * xStep + i];
                }
            }
        }
    }

    /** As {@link #copyRows}, with 0 where the mask, which lies as x, is not above 0. */
    public static void copyRowsWhere(
            float[] y, int yAt, int yStep, float[] x, float[] mask, int xAt, int xStep, int rows, int n) {
        if (SIMD) {
            LanesSimd.copyRowsWhere(y, yAt, yStep, x, mask, xAt, xStep, rows, n);
        } else {
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < n; i++) {
                    int from = xAt + r * xStep + i;
                    y[yAt + r * yStep + i] = mask[from] > 0 ? x[from] : 0;
                }
            }
        }
    }

    /** {@code y[c * yStep + r] = x[r * xStep + c]} for {@code rows} rows of {@code columns}. */
    public static void transpose(float[] y, int yAt, int yStep, float[] x, int xAt, int xStep, int rows, int columns) {
        int wholeRows = SIMD ? rows - rows % Simd.LANES : 0;
        int wholeColumns = SIMD ? columns - columns % Simd.LANES : 0;
        if (wholeRows == 0 || wholeColumns == 0) {
            transposeStrip(y, yAt, yStep, x, xAt, xStep, rows, columns);
            return;
        }
        transposeBlocks(y, yAt, yStep, x, xAt, xStep, wholeRows, wholeColumns);
        transposeStrip(
                y, yAt + wholeColumns * yStep, yStep, x, xAt + wholeColumns, xStep, wholeRows, columns - wholeColumns);
        transposeStrip(y, yAt + wholeRows, yStep, x, xAt + wholeRows * xStep, xStep, rows - wholeRows, columns);
    }

    /** Along the longer side. Vectors that are gathered or scattered are no faster. */
    private static void transposeStrip(
            float[] y, int yAt, int yStep, float[] x, int xAt, int xStep, int rows, int columns) {
        if (columns < rows) {
            for (int c = 0; c < columns; c++) {
                for (int r = 0; r < rows; r++) {
                    y[yAt + c * yStep + r] = x[xAt + r * xStep + c];
                }
            }
        } else {
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < columns; c++) {
                    y[yAt + c * yStep + r] = x[xAt + r * xStep + c];
                }
            }
        }
    }

    private static void transposeBlocks(
            float[] y, int yAt, int yStep, float[] x, int xAt, int xStep, int rows, int columns) {
        float[] beside = Scratch.floats(Scratch.Slot.TRANSPOSE, TransposeSimd.BESIDE);
        for (int band = 0; band < rows; band += BAND) {
            for (int c = 0; c < columns; c += Simd.LANES) {
                for (int r = band; r < Math.min(rows, band + BAND); r += Simd.LANES) {
                    TransposeSimd.block(y, yAt + c * yStep + r, yStep, x, xAt + r * xStep + c, xStep, beside);
                }
            }
        }
    }

    /** {@code y = a + b}. */
    public static void add(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = SIMD ? LanesSimd.add(y, yAt, a, aAt, b, bAt, n) : 0; i < n; i++) {
            y[yAt + i] = a[aAt + i] + b[bAt + i];
        }
    }

    /** {@code y = a * b}. */
    public static void mul(float[] y, int yAt, float[] a, int aAt, float[] b, int bAt, int n) {
        for (int i = SIMD ? LanesSimd.mul(y, yAt, a, aAt, b, bAt, n) : 0; i < n; i++) {
            y[yAt + i] = a[aAt + i] * b[bAt + i];
        }
    }

    /** {@code y += alpha * x}. */
    public static void axpy(float[] y, int yAt, float alpha, float[] x, int xAt, int n) {
        for (int i = SIMD ? LanesSimd.axpy(y, yAt, alpha, x, xAt, n) : 0; i < n; i++) {
            y[yAt + i] += alpha * x[xAt + i];
        }
    }

    /** {@code y = min(y, most)}; NaN stays NaN. */
    public static void atMost(float[] y, int yAt, float most, int n) {
        for (int i = SIMD ? LanesSimd.atMost(y, yAt, most, n) : 0; i < n; i++) {
            y[yAt + i] = Math.min(y[yAt + i], most);
        }
    }

    /** {@code y = max(y, x)}; NaN wins. */
    public static void max(float[] y, int yAt, float[] x, int xAt, int n) {
        for (int i = SIMD ? LanesSimd.max(y, yAt, x, xAt, n) : 0; i < n; i++) {
            y[yAt + i] = Math.max(y[yAt + i], x[xAt + i]);
        }
    }

    /** {@code y = max of x at the four offsets}; NaN wins. */
    public static void max4(float[] y, int yAt, float[] x, int a, int b, int c, int d, int n) {
        for (int i = SIMD ? LanesSimd.max4(y, yAt, x, a, b, c, d, n) : 0; i < n; i++) {
            y[yAt + i] = Math.max(Math.max(x[a + i], x[b + i]), Math.max(x[c + i], x[d + i]));
        }
    }

    /** Writes dy to the place of dx where x is largest (the first of equals, NaN before all) and 0 to the other three. */
    public static void max4Grad(float[] dx, float[] dy, int yAt, float[] x, int a, int b, int c, int d, int n) {
        for (int i = SIMD ? LanesSimd.max4Grad(dx, dy, yAt, x, a, b, c, d, n) : 0; i < n; i++) {
            int best = a + i;
            best = beats(x[b + i], x[best]) ? b + i : best;
            best = beats(x[c + i], x[best]) ? c + i : best;
            best = beats(x[d + i], x[best]) ? d + i : best;
            dx[a + i] = 0;
            dx[b + i] = 0;
            dx[c + i] = 0;
            dx[d + i] = 0;
            dx[best] = dy[yAt + i];
        }
    }

    /**
     * {@code y = max over the pixels of a window of x}, each {@code n} channels, of {@code rows} rows that are {@code rowStep} apart and
     * {@code columns} neighbouring pixels; NaN wins.
     */
    public static void maxOfWindow(float[] y, int yAt, float[] x, int at, int rows, int rowStep, int columns, int n) {
        for (int i = SIMD ? LanesSimd.maxOfWindow(y, yAt, x, at, rows, rowStep, columns, n) : 0; i < n; i++) {
            y[yAt + i] = maxOfWindow(x, at + i, rows, rowStep, columns, n);
        }
    }

    private static float maxOfWindow(float[] x, int at, int rows, int rowStep, int columns, int n) {
        float most = Float.NEGATIVE_INFINITY;
        for (int r = 0; r < rows; r++) {
            for (int q = 0; q < columns; q++) {
                most = Math.max(most, x[at + r * rowStep + q * n]);
            }
        }
        return most;
    }

    /**
     * Adds dy to dx where x is the first of the largest of a window as that of {@link #maxOfWindow}, but only in its rows {@code from} to
     * {@code to - 1}; dx lies as x.
     */
    public static void maxOfWindowGrad(
            float[] dx,
            float[] dy,
            int dyAt,
            float[] x,
            int at,
            int rows,
            int rowStep,
            int columns,
            int n,
            int from,
            int to) {
        int i = SIMD ? LanesSimd.maxOfWindowGrad(dx, dy, dyAt, x, at, rows, rowStep, columns, n, from, to) : 0;
        for (; i < n; i++) {
            float most = maxOfWindow(x, at + i, rows, rowStep, columns, n);
            int first = at + i;
            int pixel = 0;
            while (x[first] != most && !Float.isNaN(x[first])) {
                pixel++;
                first = at + i + pixel / columns * rowStep + pixel % columns * n;
            }
            if (pixel / columns >= from && pixel / columns < to) {
                dx[first] += dy[dyAt + i];
            }
        }
    }

    /** The sum of {@code a * b}. */
    public static float dot(float[] a, int aAt, float[] b, int bAt, int n) {
        int i = SIMD ? n - n % Simd.LANES : 0;
        float sum = i > 0 ? LanesSimd.dot(a, aAt, b, bAt, i) : 0;
        for (; i < n; i++) {
            sum += a[aAt + i] * b[bAt + i];
        }
        return sum;
    }

    /** {@code y = min(max((x - shift) * factor + offset, low), high)}, x and y from {@code at}. */
    public static void affine(
            float[] y, float[] x, int at, float[] shift, float[] factor, float[] offset, float low, float high, int n) {
        for (int i = SIMD ? LanesSimd.affine(y, x, at, shift, factor, offset, low, high, n) : 0; i < n; i++) {
            y[at + i] = Math.min(Math.max((x[at + i] - shift[i]) * factor[i] + offset[i], low), high);
        }
    }

    /** {@code y = mask > 0 ? x : 0}, all at one index. */
    public static void where(float[] y, float[] mask, float[] x, int from, int to) {
        for (int i = from + (SIMD ? LanesSimd.where(y, mask, x, from, to - from) : 0); i < to; i++) {
            y[i] = mask[i] > 0 ? x[i] : 0;
        }
    }

    /** Whether a later pixel of a window takes the win from the best so far. */
    public static boolean beats(float later, float best) {
        return later > best || (Float.isNaN(later) && !Float.isNaN(best));
    }
}
