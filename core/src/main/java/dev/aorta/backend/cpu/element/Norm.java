package dev.aorta.backend.cpu.element;

import dev.aorta.backend.NormShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Workspace;
import org.jspecify.annotations.Nullable;

/**
 * Group normalisation. Batch normalisation is the same over one image that holds all rows, with a group for each channel.
 */
public final class Norm {
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
        Parallel p = ws.parallel();
        int batch = s.batch();
        int pixels = s.pixels();
        int channels = s.channels();
        int groups = s.groups();
        double[] sums = sums(p, x, x, batch, pixels, channels);
        int width = channels / groups;
        double count = (double) pixels * width;
        float[] shift = new float[batch * channels];
        float[] factor = new float[batch * channels];
        float[] offset = new float[batch * channels];
        for (int g = 0; g < batch * groups; g++) {
            double sum = 0;
            double squares = 0;
            for (int i = g * width; i < (g + 1) * width; i++) {
                sum += sums[2 * i];
                squares += sums[2 * i + 1];
            }
            double m = sum / count;
            double variance = Math.max(0, squares / count - m * m);
            mean[g] = (float) m;
            invStd[g] = (float) (1 / Math.sqrt(variance + s.epsilon()));
            for (int i = g * width; i < (g + 1) * width; i++) {
                shift[i] = mean[g];
                factor[i] = invStd[g] * gamma[i % channels];
                offset[i] = beta[i % channels];
            }
        }
        affine(p, y, x, shift, factor, offset, batch, pixels, channels);
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
            NormShape s) {
        Parallel p = ws.parallel();
        int batch = s.batch();
        int pixels = s.pixels();
        int channels = s.channels();
        int groups = s.groups();
        double[] sums = sums(p, dy, x, batch, pixels, channels);
        int width = channels / groups;
        double count = (double) pixels * width;
        double[] dg = new double[channels];
        double[] db = new double[channels];
        float[] shift = new float[batch * channels];
        float[] slope = new float[batch * channels];
        float[] offset = new float[batch * channels];
        float[] factor = new float[batch * channels];
        for (int g = 0; g < batch * groups; g++) {
            double ofOne = 0;
            double ofX = 0;
            for (int i = g * width; i < (g + 1) * width; i++) {
                int c = i % channels;
                double withX = (sums[2 * i + 1] - (double) mean[g] * sums[2 * i]) * invStd[g];
                dg[c] += withX;
                db[c] += sums[2 * i];
                ofOne += gamma[c] * sums[2 * i];
                ofX += gamma[c] * withX;
            }
            for (int i = g * width; i < (g + 1) * width; i++) {
                shift[i] = mean[g];
                factor[i] = gamma[i % channels] * invStd[g];
                slope[i] = (float) (-invStd[g] * (double) invStd[g] * ofX / count);
                offset[i] = (float) (-invStd[g] * ofOne / count);
            }
        }
        narrow(dgamma, dg);
        narrow(dbeta, db);
        if (dx == null) {
            return;
        }
        int step = Chunks.rowsPerChunk(channels);
        int chunks = Chunks.count(pixels, channels);
        p.run(batch * chunks, task -> {
            int image = task / chunks;
            int from = task % chunks * step;
            int to = Chunks.end(from, step, pixels);
            for (int r = from; r < to; r++) {
                int at = (image * pixels + r) * channels;
                normGrad(dx, dy, x, at, shift, factor, slope, offset, image * channels, channels);
            }
        });
    }

    private static void normGrad(
            float[] dx,
            float[] dy,
            float[] x,
            int at,
            float[] shift,
            float[] factor,
            float[] slope,
            float[] offset,
            int from,
            int n) {
        for (int i = 0; i < n; i++) {
            dx[at + i] =
                    dy[at + i] * factor[from + i] + (x[at + i] - shift[from + i]) * slope[from + i] + offset[from + i];
        }
    }

    private static void narrow(float @Nullable [] to, double[] from) {
        for (int i = 0; to != null && i < to.length; i++) {
            to[i] = (float) from[i];
        }
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
        float[] factor = new float[channels];
        for (int c = 0; c < channels; c++) {
            factor[c] = (float) (gamma[c] / Math.sqrt((double) variance[c] + s.epsilon()));
        }
        affine(ws.parallel(), y, x, mean, factor, beta, 1, s.batch() * s.pixels(), channels);
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
            Parallel p,
            float[] y,
            float[] x,
            float[] shift,
            float[] factor,
            float[] offset,
            int batch,
            int pixels,
            int channels) {
        int step = Chunks.rowsPerChunk(channels);
        int chunks = Chunks.count(pixels, channels);
        p.run(batch * chunks, task -> {
            int image = task / chunks;
            int from = task % chunks * step;
            int to = Chunks.end(from, step, pixels);
            for (int r = from; r < to; r++) {
                int at = (image * pixels + r) * channels;
                Lanes.affine(y, x, at, shift, factor, offset, image * channels, channels);
            }
        });
    }

    /** For each image and channel, {@code sum over pixels of a} and {@code of a * b}, side by side. */
    private static double[] sums(Parallel p, float[] a, float[] b, int batch, int pixels, int channels) {
        int step = Chunks.rowsPerChunk(channels);
        int chunks = Chunks.count(pixels, channels);
        double[] partial = new double[batch * chunks * channels * 2];
        p.run(batch * chunks, task -> {
            int first = task % chunks * step;
            double[] one = new double[channels];
            double[] two = new double[channels];
            int end = Chunks.end(first, step, pixels);
            for (int r = first; r < end; r++) {
                addRow(one, two, a, b, (task / chunks * pixels + r) * channels);
            }
            for (int c = 0; c < channels; c++) {
                partial[(task * channels + c) * 2] = one[c];
                partial[(task * channels + c) * 2 + 1] = two[c];
            }
        });
        double[] sums = new double[batch * channels * 2];
        for (int image = 0; image < batch; image++) {
            for (int chunk = 0; chunk < chunks; chunk++) {
                for (int i = 0; i < 2 * channels; i++) {
                    sums[image * channels * 2 + i] += partial[(image * chunks + chunk) * channels * 2 + i];
                }
            }
        }
        return sums;
    }

    private static void addRow(double[] one, double[] two, float[] a, float[] b, int at) {
        for (int c = 0; c < one.length; c++) {
            double value = a[at + c];
            one[c] += value;
            two[c] += value * b[at + c];
        }
    }
}
