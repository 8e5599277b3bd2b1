package dev.aorta.backend.reference;

import dev.aorta.backend.NormShape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Normalisation; {@link NormShape} says which elements share a mean and a variance. */
final class ReferenceNorm {
    private ReferenceNorm() {}

    static void forward(
            double[] y, double[] mean, double[] invStd, double[] x, double[] gamma, double[] beta, NormShape s) {
        double count = (double) x.length / mean.length;
        double[] variance = new double[mean.length];
        Arrays.fill(mean, 0);
        forEach(s, (i, c, k) -> mean[k] += x[i] / count);
        forEach(s, (i, c, k) -> variance[k] += (x[i] - mean[k]) * (x[i] - mean[k]) / count);
        for (int k = 0; k < mean.length; k++) {
            invStd[k] = 1 / Math.sqrt(variance[k] + s.epsilon());
        }
        forEach(s, (i, c, k) -> y[i] = (x[i] - mean[k]) * invStd[k] * gamma[c] + beta[c]);
    }

    /** With {@code h = (x - mean) * invStd} and {@code g = dy * gamma}: {@code dx = invStd * (g - mean of g - h * mean of g * h)}. */
    static void backward(
            double @Nullable [] dx,
            double @Nullable [] dgamma,
            double @Nullable [] dbeta,
            double[] dy,
            double[] x,
            double[] mean,
            double[] invStd,
            double[] gamma,
            NormShape s) {
        double count = (double) x.length / mean.length;
        double[] meanG = new double[mean.length];
        double[] meanGh = new double[mean.length];
        double[] sumDy = new double[s.channels()];
        double[] sumDyh = new double[s.channels()];
        forEach(s, (i, c, k) -> {
            double h = (x[i] - mean[k]) * invStd[k];
            sumDyh[c] += dy[i] * h;
            sumDy[c] += dy[i];
            meanG[k] += dy[i] * gamma[c] / count;
            meanGh[k] += dy[i] * gamma[c] * h / count;
        });
        copy(dgamma, sumDyh);
        copy(dbeta, sumDy);
        if (dx == null) {
            return;
        }
        forEach(s, (i, c, k) -> {
            double h = (x[i] - mean[k]) * invStd[k];
            dx[i] = invStd[k] * (dy[i] * gamma[c] - meanG[k] - h * meanGh[k]);
        });
    }

    static void updateRunning(
            double[] runMean, double[] runVar, double[] mean, double[] invStd, double momentum, NormShape s) {
        int rows = s.shared();
        for (int c = 0; c < mean.length; c++) {
            double biased = Math.max(1 / (invStd[c] * invStd[c]) - s.epsilon(), 0);
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

    private static void copy(double @Nullable [] to, double[] from) {
        if (to != null) {
            System.arraycopy(from, 0, to, 0, from.length);
        }
    }

    private static void forEach(NormShape s, Element element) {
        int run = s.channels() / s.groups();
        for (int n = 0; n < s.batch(); n++) {
            for (int p = 0; p < s.pixels(); p++) {
                for (int c = 0; c < s.channels(); c++) {
                    element.visit((n * s.pixels() + p) * s.channels() + c, c, n * s.groups() + c / run);
                }
            }
        }
    }
}
