package dev.aorta.backend.reference;

import dev.aorta.backend.LabelCheck;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import java.util.Arrays;

/** Reductions of runs of numbers to one. */
final class ReferenceReduce {
    private ReferenceReduce() {}

    static void run(double[] y, double[] x, Reduction f, ReduceShape s) {
        double[] run = new double[s.length()];
        for (int o = 0; o < s.outer(); o++) {
            for (int i = 0; i < s.inner(); i++) {
                for (int k = 0; k < run.length; k++) {
                    run[k] = x[(o * s.length() + k) * s.inner() + i];
                }
                y[o * s.inner() + i] = reduce(run, f);
            }
        }
    }

    private static double reduce(double[] x, Reduction f) {
        return switch (f) {
            case SUM -> sum(x);
            case MEAN -> sum(x) / x.length;
            case MAX -> x[argmax(x)];
            case MIN -> x[argmin(x)];
            case SUM_OF_SQUARES -> sum(Arrays.stream(x).map(v -> v * v).toArray());
            case LOG_SUM_EXP -> logSumExp(x);
            case ARGMAX -> argmax(x);
            case ARGMIN -> argmin(x);
        };
    }

    private static double sum(double[] x) {
        double sum = 0;
        for (double v : x) {
            sum += v;
        }
        return sum;
    }

    private static double logSumExp(double[] x) {
        double most = x[argmax(x)];
        return Double.isInfinite(most)
                ? most
                : most + Math.log(Arrays.stream(x).map(v -> Math.exp(v - most)).sum());
    }

    private static int argmax(double[] x) {
        int best = 0;
        for (int i = 1; i < x.length; i++) {
            if (x[i] > x[best] || Double.isNaN(x[i]) && !Double.isNaN(x[best])) {
                best = i;
            }
        }
        return best;
    }

    private static int argmin(double[] x) {
        return argmax(Arrays.stream(x).map(v -> -v).toArray());
    }

    static void check(double[] labels, LabelCheck check) {
        for (int i = 0; i < labels.length; i++) {
            if (!check.accepts(labels[i])) {
                throw check.refusal((float) labels[i], i);
            }
        }
    }
}
