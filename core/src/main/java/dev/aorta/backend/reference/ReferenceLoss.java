package dev.aorta.backend.reference;

import dev.aorta.backend.RowShape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Softmax and the losses on it. */
final class ReferenceLoss {
    private ReferenceLoss() {}

    static void softmax(double[] y, double[] x, RowShape s) {
        double[] logP = logSoftmax(x, s);
        Arrays.setAll(y, i -> Math.exp(logP[i]));
    }

    static void softmaxGrad(double[] dx, double[] dy, double[] y, RowShape s) {
        int classes = s.classes();
        for (int at = 0; at < s.size(); at += classes) {
            double dot = 0;
            for (int i = at; i < at + classes; i++) {
                dot += dy[i] * y[i];
            }
            for (int i = at; i < at + classes; i++) {
                dx[i] = y[i] * (dy[i] - dot);
            }
        }
    }

    /**
     * The mean of {@code -w * (1 - p)^focus * log p}. With {@code q = 1 - p}, its slope in log p is {@code -w * q^focus * (1 -
     * focus * p * log p / q)}, and log p has the slope {@code [c = label] - p_c} in logit c. Focus 0 is cross-entropy.
     */
    static void focal(
            double[] loss,
            double @Nullable [] grad,
            double[] logits,
            double[] labels,
            double @Nullable [] weights,
            double focus,
            RowShape s) {
        int rows = s.rows();
        int classes = s.classes();
        double total = 0;
        double weightSum = 0;
        double[] slope = new double[rows];
        double[] logSoftmax = logSoftmax(logits, s);
        for (int r = 0; r < rows; r++) {
            int label = (int) labels[r];
            double weight = weights == null ? 1 : weights[label];
            double logP = logSoftmax[r * classes + label];
            double q = -Math.expm1(logP);
            double logPOverQ = q > 0 ? logP / q : -1;
            double modulation = Math.pow(q, focus);
            weightSum += weight;
            total -= weight * modulation * logP;
            slope[r] = -weight * modulation * (1 - focus * Math.exp(logP) * logPOverQ);
        }
        loss[0] = total / weightSum;
        if (grad != null) {
            for (int i = 0; i < grad.length; i++) {
                int r = i / classes;
                int oneHot = i % classes == (int) labels[r] ? 1 : 0;
                grad[i] = slope[r] * (oneHot - Math.exp(logSoftmax[i])) / weightSum;
            }
        }
    }

    static void dice(
            double[] loss,
            double @Nullable [] grad,
            double[] logits,
            double[] labels,
            double smooth,
            int batch,
            RowShape s) {
        int classes = s.classes();
        int pixels = s.rows() / batch;
        int terms = batch * (classes - 1);
        double[] p = new double[logits.length];
        double[] dp = new double[logits.length];
        softmax(p, logits, s);
        loss[0] = 1;
        for (int n = 0; n < batch; n++) {
            int from = n * pixels;
            int to = from + pixels;
            for (int c = 1; c < classes; c++) {
                double above = smooth;
                double below = smooth;
                for (int r = from; r < to; r++) {
                    int g = (int) labels[r] == c ? 1 : 0;
                    above += 2 * p[r * classes + c] * g;
                    below += p[r * classes + c] + g;
                }
                loss[0] -= above / below / terms;
                for (int r = from; r < to; r++) {
                    int g = (int) labels[r] == c ? 1 : 0;
                    dp[r * classes + c] = -(2 * g - above / below) / below / terms;
                }
            }
        }
        if (grad != null) {
            softmaxGrad(grad, dp, p, s);
        }
    }

    private static double[] logSoftmax(double[] x, RowShape s) {
        int classes = s.classes();
        double[] logP = new double[s.size()];
        for (int at = 0; at < logP.length; at += classes) {
            double max = Arrays.stream(x, at, at + classes).max().orElseThrow();
            double sum = 0;
            for (int i = at; i < at + classes; i++) {
                sum += Math.exp(x[i] - max);
            }
            for (int i = at; i < at + classes; i++) {
                logP[i] = x[i] - max - Math.log(sum);
            }
        }
        return logP;
    }
}
