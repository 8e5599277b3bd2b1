package dev.aorta.backend.reference;

import java.util.Arrays;
import java.util.function.IntBinaryOperator;

/**
 * Batch and group normalisation. They differ only in which elements share a mean and a variance: {@code statistic} tells it
 * from the image and the channel of an element.
 */
final class ReferenceNorm {
    private final int batch;
    private final int pixels;
    private final int channels;
    private final IntBinaryOperator statistic;

    private ReferenceNorm(int batch, int pixels, int channels, IntBinaryOperator statistic) {
        this.batch = batch;
        this.pixels = pixels;
        this.channels = channels;
        this.statistic = statistic;
    }

    /** One mean and variance for each channel. */
    static ReferenceNorm batch(int rows, int channels) {
        return new ReferenceNorm(1, rows, channels, (image, channel) -> channel);
    }

    /** One mean and variance for each image and each run of {@code channels / groups} channels. */
    static ReferenceNorm group(int batch, int pixels, int channels, int groups) {
        return new ReferenceNorm(
                batch, pixels, channels, (image, channel) -> image * groups + channel / (channels / groups));
    }

    void forward(
            double[] y, double[] mean, double[] invStd, double[] x, double[] gamma, double[] beta, double epsilon) {
        double count = (double) x.length / mean.length;
        double[] variance = new double[mean.length];
        Arrays.fill(mean, 0);
        forEach((i, c, k) -> mean[k] += x[i] / count);
        forEach((i, c, k) -> variance[k] += (x[i] - mean[k]) * (x[i] - mean[k]) / count);
        for (int k = 0; k < mean.length; k++) {
            invStd[k] = 1 / Math.sqrt(variance[k] + epsilon);
        }
        forEach((i, c, k) -> y[i] = (x[i] - mean[k]) * invStd[k] * gamma[c] + beta[c]);
    }

    /** With {@code h = (x - mean) * invStd} and {@code g = dy * gamma}: {@code dx = invStd * (g - mean of g - h * mean of g * h)}. */
    void backward(
            double[] dx,
            double[] dgamma,
            double[] dbeta,
            double[] dy,
            double[] x,
            double[] mean,
            double[] invStd,
            double[] gamma) {
        double count = (double) x.length / mean.length;
        double[] meanG = new double[mean.length];
        double[] meanGh = new double[mean.length];
        Arrays.fill(dgamma, 0);
        Arrays.fill(dbeta, 0);
        forEach((i, c, k) -> {
            double h = (x[i] - mean[k]) * invStd[k];
            dgamma[c] += dy[i] * h;
            dbeta[c] += dy[i];
            meanG[k] += dy[i] * gamma[c] / count;
            meanGh[k] += dy[i] * gamma[c] * h / count;
        });
        forEach((i, c, k) -> {
            double h = (x[i] - mean[k]) * invStd[k];
            dx[i] = invStd[k] * (dy[i] * gamma[c] - meanG[k] - h * meanGh[k]);
        });
    }

    static void updateRunning(
            double[] runMean,
            double[] runVar,
            double[] mean,
            double[] invStd,
            double momentum,
            int rows,
            double epsilon) {
        for (int c = 0; c < mean.length; c++) {
            double biased = Math.max(1 / (invStd[c] * invStd[c]) - epsilon, 0);
            double unbiased = biased * rows / Math.max(rows - 1, 1);
            runMean[c] += momentum * (mean[c] - runMean[c]);
            runVar[c] += momentum * (unbiased - runVar[c]);
        }
    }

    static void inference(
            double[] y, double[] x, double[] mean, double[] variance, double[] gamma, double[] beta, double epsilon) {
        for (int i = 0; i < y.length; i++) {
            int c = i % mean.length;
            y[i] = (x[i] - mean[c]) / Math.sqrt(variance[c] + epsilon) * gamma[c] + beta[c];
        }
    }

    /** One element, its channel and its statistic. */
    private interface Element {
        void visit(int index, int channel, int statistic);
    }

    private void forEach(Element element) {
        for (int n = 0; n < batch; n++) {
            for (int p = 0; p < pixels; p++) {
                for (int c = 0; c < channels; c++) {
                    element.visit((n * pixels + p) * channels + c, c, statistic.applyAsInt(n, c));
                }
            }
        }
    }
}
