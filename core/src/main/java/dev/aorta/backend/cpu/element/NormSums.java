package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sums over the pixels of an image, channel by channel. Single precision adds a block of rows, as deviations from the block's own
 * mean or from a given one, so that a mean far from 0 costs no digits; blocks are added in double precision.
 */
final class NormSums {
    /** Rows of a block, where short ones are taken several as one. */
    private static final int BLOCK_ROWS = 64;

    private static final boolean SIMD = Simd.BITS > 0;

    private NormSums() {}

    /** Writes the sums of x and of {@code x^2} over rows from {@code x[at]}. */
    static void squares(double[] ofX, double[] ofSquares, float[] x, int at, int rows, int channels) {
        Arrays.fill(ofX, 0, channels, 0);
        Arrays.fill(ofSquares, 0, channels, 0);
        int fold = ReduceColumns.fold(rows, channels);
        float[] one = Scratch.floats(Slot.TASK_A, fold * channels);
        float[] two = Scratch.floats(Slot.TASK_B, fold * channels);
        float[] shift = Scratch.floats(Slot.TASK_C, fold * channels);
        for (int r = 0; r < rows; ) {
            int taken = blockRows(rows - r, fold);
            int wide = Math.max(1, taken / fold);
            int width = taken / wide * channels;
            int from = at + r * channels;
            Arrays.fill(one, 0, width, 0);
            ReduceColumns.add(one, x, from, wide, width, width);
            for (int c = 0; c < channels; c++) {
                float sum = 0;
                for (int i = c; i < width; i += channels) {
                    sum += one[i];
                }
                for (int i = c; i < width; i += channels) {
                    shift[i] = sum / taken;
                }
            }
            Arrays.fill(one, 0, width, 0);
            Arrays.fill(two, 0, width, 0);
            deviations(one, two, x, shift, from, wide, width);
            for (int c = 0; c < channels; c++) {
                double ofOne = 0;
                double ofTwo = 0;
                for (int i = c; i < width; i += channels) {
                    ofOne += one[i];
                    ofTwo += two[i];
                }
                double m = shift[c];
                ofX[c] += ofOne + taken * m;
                ofSquares[c] += ofTwo + 2 * m * ofOne + taken * m * m;
            }
            r += taken;
        }
    }

    private static void deviations(float[] one, float[] two, float[] x, float[] shift, int at, int rows, int width) {
        int done = SIMD ? NormSimd.deviations(one, two, x, shift, at, rows, width, width) : 0;
        for (int r = 0; done < width && r < rows; r++) {
            for (int i = done; i < width; i++) {
                float d = x[at + r * width + i] - shift[i];
                one[i] += d;
                two[i] += d * d;
            }
        }
    }

    /**
     * Writes the sums of dy and of {@code dy * (x - shift)}, with a shift for each channel.
     *
     * @param cut null, or what lets dy pass
     */
    static void products(
            double[] ofDy,
            double[] ofProduct,
            float[] dy,
            float[] x,
            float[] shift,
            @Nullable NormCut cut,
            int at,
            int rows,
            int channels) {
        Arrays.fill(ofDy, 0, channels, 0);
        Arrays.fill(ofProduct, 0, channels, 0);
        int fold = ReduceColumns.fold(rows, channels);
        float[] one = Scratch.floats(Slot.TASK_A, fold * channels);
        float[] two = Scratch.floats(Slot.TASK_B, fold * channels);
        float[] shifts = Scratch.floats(Slot.TASK_C, fold * channels);
        repeat(shifts, shift, fold, channels);
        NormCut wideCut = cut == null ? null : cut.repeated(fold, channels);
        for (int r = 0; r < rows; ) {
            int taken = blockRows(rows - r, fold);
            int wide = Math.max(1, taken / fold);
            int width = taken / wide * channels;
            Arrays.fill(one, 0, width, 0);
            Arrays.fill(two, 0, width, 0);
            int from = at + r * channels;
            if (wideCut == null) {
                products(one, two, dy, from, x, shifts, from, wide, width);
            } else {
                float[] passed = Scratch.floats(Slot.TASK_D, wide * width);
                for (int i = 0; i < wide; i++) {
                    wideCut.row(passed, i * width, dy, x, from + i * width, width);
                }
                products(one, two, passed, 0, x, shifts, from, wide, width);
            }
            for (int c = 0; c < channels; c++) {
                for (int i = c; i < width; i += channels) {
                    ofDy[c] += one[i];
                    ofProduct[c] += two[i];
                }
            }
            r += taken;
        }
    }

    private static void products(
            float[] one, float[] two, float[] dy, int dyAt, float[] x, float[] shift, int at, int rows, int width) {
        int done = SIMD ? NormSimd.products(one, two, dy, dyAt, x, shift, at, rows, width, width) : 0;
        for (int r = 0; done < width && r < rows; r++) {
            for (int i = done; i < width; i++) {
                float g = dy[dyAt + r * width + i];
                one[i] += g;
                two[i] += g * (x[at + r * width + i] - shift[i]);
            }
        }
    }

    /** Whole folds, or what is left where that is less than one. */
    private static int blockRows(int left, int fold) {
        return left < fold ? left : Math.min(BLOCK_ROWS, left / fold) * fold;
    }

    /** Writes n values so many times one after another. */
    static void repeat(float[] to, float[] from, int times, int n) {
        for (int i = 0; i < times * n; i += n) {
            System.arraycopy(from, 0, to, i, n);
        }
    }
}
