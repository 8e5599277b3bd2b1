package dev.aorta.backend.cpu.element;

import dev.aorta.backend.NormShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Group normalisation. Batch normalisation is the same over one image that holds all rows, with a group for each channel; images
 * of one pixel are {@link LayerNorm}'s. Large images are worked on one after another, each by all threads; small ones by one
 * thread each.
 */
public final class Norm {
    /** Spans of pixels or images, each with sums of its own. */
    private static final int SPANS = 64;

    private static final boolean SIMD = Simd.BITS > 0;

    private Norm() {}

    public static void forward(
            Workspace ws,
            float[] y,
            float[] mean,
            float[] invStd,
            float[] x,
            float[] gamma,
            float[] beta,
            NormShape s) {
        forward(ws, y, mean, invStd, x, gamma, beta, NormBounds.NONE, s);
    }

    /** Normalisation and the bounds behind it; images of one pixel have none. */
    public static void forward(
            Workspace ws,
            float[] y,
            float[] mean,
            float[] invStd,
            float[] x,
            float[] gamma,
            float[] beta,
            NormBounds bounds,
            NormShape s) {
        if (s.pixels() == 1) {
            LayerNorm.forward(ws.parallel(), y, mean, invStd, x, gamma, beta, s);
        } else if (areSmall(s)) {
            Chunks.rows(ws.parallel(), s.batch(), s.pixels() * s.channels(), (from, to) -> {
                for (int image = from; image < to; image++) {
                    forward(null, y, mean, invStd, x, gamma, beta, bounds, image, s);
                }
            });
        } else {
            for (int image = 0; image < s.batch(); image++) {
                forward(ws.parallel(), y, mean, invStd, x, gamma, beta, bounds, image, s);
            }
        }
    }

    private static boolean areSmall(NormShape s) {
        return (long) s.pixels() * s.channels() <= Chunks.ELEMENTS;
    }

    /** @param p null for this thread alone */
    private static void forward(
            @Nullable Parallel p,
            float[] y,
            float[] mean,
            float[] invStd,
            float[] x,
            float[] gamma,
            float[] beta,
            NormBounds bounds,
            int image,
            NormShape s) {
        int channels = s.channels();
        int width = channels / s.groups();
        double[] ofX = Scratch.doubles(Slot.SHARED_B, channels);
        double[] ofSquares = Scratch.doubles(Slot.SHARED_C, channels);
        sums(p, ofX, ofSquares, x, null, x, null, image, s);
        float[] shift = Scratch.floats(Slot.SHARED_A, channels);
        float[] factor = Scratch.floats(Slot.SHARED_B, channels);
        for (int c = 0; c < channels; c += width) {
            double sum = 0;
            double squares = 0;
            for (int i = c; i < c + width; i++) {
                sum += ofX[i];
                squares += ofSquares[i];
            }
            double m = sum / s.shared();
            double variance = Math.max(0, squares / s.shared() - m * m);
            int k = image * s.groups() + c / width;
            mean[k] = (float) m;
            invStd[k] = (float) (1 / Math.sqrt(variance + s.epsilon()));
            for (int i = c; i < c + width; i++) {
                shift[i] = mean[k];
                factor[i] = invStd[k] * gamma[i];
            }
        }
        affine(p, y, x, image * s.pixels() * channels, shift, factor, beta, bounds, s.pixels(), channels);
    }

    public static void backward(
            Workspace ws,
            float @Nullable [] dx,
            float @Nullable [] dgamma,
            float @Nullable [] dbeta,
            float[] dy,
            float[] x,
            float[] mean,
            float[] invStd,
            float[] gamma,
            float @Nullable [] beta,
            @Nullable NormBounds bounds,
            NormShape s) {
        if (s.pixels() == 1) {
            LayerNorm.backward(ws.parallel(), dx, dgamma, dbeta, dy, x, mean, invStd, gamma, s);
            return;
        }
        boolean small = areSmall(s);
        int span = small
                ? Math.max(Chunks.rowsPerChunk(s.pixels() * s.channels()), Math.ceilDiv(s.batch(), SPANS))
                : s.batch();
        int spans = Math.ceilDiv(s.batch(), span);
        double[] parts = Scratch.doubles(Slot.SHARED_D, spans * 2 * s.channels());
        Arrays.fill(parts, 0, spans * 2 * s.channels(), 0);
        if (small) {
            ws.parallel().run(spans, task -> {
                int end = Chunks.end(task * span, span, s.batch());
                for (int image = task * span; image < end; image++) {
                    backward(null, dx, parts, task, dy, x, mean, invStd, gamma, beta, bounds, image, s);
                }
            });
        } else {
            for (int image = 0; image < s.batch(); image++) {
                backward(ws.parallel(), dx, parts, 0, dy, x, mean, invStd, gamma, beta, bounds, image, s);
            }
        }
        total(dgamma, parts, 0, spans, s.channels());
        total(dbeta, parts, s.channels(), spans, s.channels());
    }

    /**
     * Writes the sums of spans, which lie in pairs of so many channels.
     *
     * @param first 0 for those of the first of a pair, channels for those of the second
     */
    static void total(float @Nullable [] to, double[] parts, int first, int spans, int channels) {
        for (int c = 0; to != null && c < channels; c++) {
            double sum = 0;
            for (int i = 0; i < spans; i++) {
                sum += parts[i * 2 * channels + first + c];
            }
            to[c] = (float) sum;
        }
    }

    /** Adds the image's sums of {@code dy * h} and of {@code dy} to the parts of a span. */
    private static void backward(
            @Nullable Parallel p,
            float @Nullable [] dx,
            double[] parts,
            int span,
            float[] dy,
            float[] x,
            float[] mean,
            float[] invStd,
            float[] gamma,
            float @Nullable [] beta,
            @Nullable NormBounds bounds,
            int image,
            NormShape s) {
        int channels = s.channels();
        int width = channels / s.groups();
        double[] ofDy = Scratch.doubles(Slot.SHARED_B, channels);
        double[] ofProduct = Scratch.doubles(Slot.SHARED_C, channels);
        float[] shift = Scratch.floats(Slot.SHARED_A, channels);
        float[] factor = Scratch.floats(Slot.SHARED_B, channels);
        for (int i = 0; i < channels; i++) {
            int k = image * s.groups() + i / width;
            shift[i] = mean[k];
            factor[i] = gamma[i] * invStd[k];
        }
        NormCut cut = beta == null || bounds == null ? null : new NormCut(shift, factor, beta, bounds);
        sums(p, ofDy, ofProduct, x, dy, shift, cut, image, s);
        float[] slope = Scratch.floats(Slot.SHARED_C, channels);
        float[] offset = Scratch.floats(Slot.SHARED_D, channels);
        int to = span * 2 * channels;
        for (int c = 0; c < channels; c += width) {
            int k = image * s.groups() + c / width;
            double scale = invStd[k];
            double ofOne = 0;
            double ofH = 0;
            for (int i = c; i < c + width; i++) {
                double withH = ofProduct[i] * scale;
                parts[to + i] += withH;
                parts[to + channels + i] += ofDy[i];
                ofOne += gamma[i] * ofDy[i];
                ofH += gamma[i] * withH;
            }
            for (int i = c; i < c + width; i++) {
                slope[i] = (float) (-scale * scale * ofH / s.shared());
                offset[i] = (float) (-scale * ofOne / s.shared());
            }
        }
        if (dx == null) {
            return;
        }
        int at = image * s.pixels() * channels;
        if (p == null) {
            gradients(dx, dy, x, at, shift, factor, slope, offset, cut, s.pixels(), channels);
        } else {
            Chunks.rows(p, s.pixels(), channels, (from, end) -> {
                gradients(dx, dy, x, at + from * channels, shift, factor, slope, offset, cut, end - from, channels);
            });
        }
    }

    private static void gradients(
            float[] dx,
            float[] dy,
            float[] x,
            int at,
            float[] shift,
            float[] factor,
            float[] slope,
            float[] offset,
            @Nullable NormCut cut,
            int rows,
            int channels) {
        int fold = ReduceColumns.fold(rows, channels);
        int width = fold * channels;
        float[] shifts = repeated(Slot.TASK_A, shift, fold, channels);
        float[] factors = repeated(Slot.TASK_B, factor, fold, channels);
        float[] slopes = repeated(Slot.TASK_C, slope, fold, channels);
        float[] offsets = repeated(Slot.TASK_D, offset, fold, channels);
        NormCut wideCut = cut == null ? null : cut.repeated(fold, channels);
        int end = at + rows * channels;
        for (int left = end - at; left > 0; left -= width) {
            int r = end - left;
            int n = Math.min(width, left);
            float[] passed = dy;
            if (wideCut != null) {
                wideCut.row(dx, r, dy, x, r, n);
                passed = dx;
            }
            int done = SIMD ? NormSimd.gradients(dx, passed, x, r, shifts, factors, slopes, offsets, n) : 0;
            for (int i = done; i < n; i++) {
                dx[r + i] = passed[r + i] * factors[i] + (x[r + i] - shifts[i]) * slopes[i] + offsets[i];
            }
        }
    }

    /** Parameters of several rows that are taken as one. */
    private static float[] repeated(Slot slot, float[] values, int times, int n) {
        if (times == 1) {
            return values;
        }
        float[] repeated = Scratch.floats(slot, times * n);
        NormSums.repeat(repeated, values, times, n);
        return repeated;
    }

    public static void inference(
            Workspace ws,
            float[] y,
            float[] x,
            float[] mean,
            float[] variance,
            float[] gamma,
            float[] beta,
            NormShape s) {
        int channels = s.channels();
        float[] factor = Scratch.floats(Slot.SHARED_A, channels);
        for (int c = 0; c < channels; c++) {
            factor[c] = (float) (gamma[c] / Math.sqrt((double) variance[c] + s.epsilon()));
        }
        affine(ws.parallel(), y, x, 0, mean, factor, beta, NormBounds.NONE, s.batch() * s.pixels(), channels);
    }

    public static void updateRunning(
            float[] runMean, float[] runVar, float[] mean, float[] invStd, float momentum, NormShape s) {
        int rows = s.shared();
        double unbias = rows > 1 ? rows / (rows - 1.0) : 1;
        for (int c = 0; c < runMean.length; c++) {
            double variance = Math.max(0, 1 / ((double) invStd[c] * invStd[c]) - s.epsilon()) * unbias;
            runMean[c] += momentum * (mean[c] - runMean[c]);
            runVar[c] = (float) (runVar[c] + momentum * (variance - runVar[c]));
        }
    }

    private static void affine(
            @Nullable Parallel p,
            float[] y,
            float[] x,
            int at,
            float[] shift,
            float[] factor,
            float[] offset,
            NormBounds bounds,
            int rows,
            int channels) {
        if (p == null) {
            affine(y, x, at, shift, factor, offset, bounds, rows, channels);
        } else {
            Chunks.rows(p, rows, channels, (from, end) -> {
                affine(y, x, at + from * channels, shift, factor, offset, bounds, end - from, channels);
            });
        }
    }

    private static void affine(
            float[] y,
            float[] x,
            int at,
            float[] shift,
            float[] factor,
            float[] offset,
            NormBounds bounds,
            int rows,
            int channels) {
        int fold = ReduceColumns.fold(rows, channels);
        int width = fold * channels;
        float[] shifts = repeated(Slot.TASK_A, shift, fold, channels);
        float[] factors = repeated(Slot.TASK_B, factor, fold, channels);
        float[] offsets = repeated(Slot.TASK_C, offset, fold, channels);
        int end = at + rows * channels;
        for (int left = end - at; left > 0; left -= width) {
            int n = Math.min(width, left);
            Lanes.affine(y, x, end - left, shifts, factors, offsets, bounds.low(), bounds.high(), n);
        }
    }

    /** For each channel of an image, sums over its pixels: of x and its square, or where there is a dy of {@link NormSums#products}. */
    private static void sums(
            @Nullable Parallel p,
            double[] one,
            double[] two,
            float[] x,
            float @Nullable [] dy,
            float[] shift,
            @Nullable NormCut cut,
            int image,
            NormShape s) {
        int channels = s.channels();
        int at = image * s.pixels() * channels;
        if (p == null) {
            span(one, two, x, dy, shift, cut, at, s.pixels(), channels);
            return;
        }
        int span = Math.max(Chunks.rowsPerChunk(channels), Math.ceilDiv(s.pixels(), SPANS));
        int spans = Math.ceilDiv(s.pixels(), span);
        double[] parts = Scratch.doubles(Slot.SHARED_A, spans * 2 * channels);
        p.run(spans, task -> {
            int first = task * span;
            double[] partOne = Scratch.doubles(Slot.TASK_A, channels);
            double[] partTwo = Scratch.doubles(Slot.TASK_B, channels);
            int rows = Math.min(span, s.pixels() - first);
            span(partOne, partTwo, x, dy, shift, cut, at + first * channels, rows, channels);
            System.arraycopy(partOne, 0, parts, task * 2 * channels, channels);
            System.arraycopy(partTwo, 0, parts, (task * 2 + 1) * channels, channels);
        });
        for (int c = 0; c < channels; c++) {
            one[c] = 0;
            two[c] = 0;
            for (int i = 0; i < spans; i++) {
                one[c] += parts[i * 2 * channels + c];
                two[c] += parts[(i * 2 + 1) * channels + c];
            }
        }
    }

    private static void span(
            double[] one,
            double[] two,
            float[] x,
            float @Nullable [] dy,
            float[] shift,
            @Nullable NormCut cut,
            int at,
            int rows,
            int channels) {
        if (dy == null) {
            NormSums.squares(one, two, x, at, rows, channels);
        } else {
            NormSums.products(one, two, dy, x, shift, cut, at, rows, channels);
        }
    }
}
