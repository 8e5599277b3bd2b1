package dev.aorta.backend.cpu.element;

import dev.aorta.backend.RowShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Exp;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Vanishing;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Softmax and the losses on it: value and gradient in one pass over the logits. */
public final class Losses {
    /** Classes from which the exponentials of a row are computed in vectors. */
    private static final int LONG_ROW = 32;

    private Losses() {}

    public static void softmax(Parallel p, float[] y, float[] x, RowShape s) {
        int classes = s.classes();
        Chunks.rows(p, s.rows(), classes, (from, to) -> {
            for (int at = from * classes; at < to * classes; at += classes) {
                float scale = 1 / exponentials(y, at, x, at, classes);
                for (int i = at; i < at + classes; i++) {
                    y[i] *= scale;
                }
            }
        });
    }

    /** Writes {@code e^(x - max x)} of a row of x and returns its sum. */
    private static float exponentials(float[] y, int yAt, float[] x, int xAt, int classes) {
        if (classes >= LONG_ROW) {
            return ReduceRow.exponentials(y, yAt, x, xAt, classes);
        }
        float max = largest(x, xAt, classes);
        float sum = 0;
        for (int c = 0; c < classes; c++) {
            float e = Exp.exp(x[xAt + c] - max);
            y[yAt + c] = e;
            sum += e;
        }
        return sum;
    }

    private static float largest(float[] x, int at, int classes) {
        float max = x[at];
        for (int i = at + 1; i < at + classes; i++) {
            max = Math.max(max, x[i]);
        }
        return max;
    }

    public static void softmaxGrad(Parallel p, float[] dx, float[] dy, float[] y, RowShape s) {
        int classes = s.classes();
        Chunks.rows(p, s.rows(), classes, (from, to) -> {
            for (int at = from * classes; at < to * classes; at += classes) {
                float dot = 0;
                for (int i = at; i < at + classes; i++) {
                    dot += dy[i] * y[i];
                }
                for (int i = at; i < at + classes; i++) {
                    dx[i] = y[i] * (dy[i] - dot);
                }
            }
        });
    }

    /** Focal loss; cross-entropy, which is focus 0, has a kernel of its own in single precision. */
    public static void focal(
            Parallel p,
            float[] loss,
            float @Nullable [] grad,
            float[] logits,
            float[] labels,
            float @Nullable [] weights,
            float focus,
            RowShape s) {
        int classes = s.classes();
        double total = totalWeight(p, labels, weights, s.rows());
        float share = (float) (1 / total);
        Part part;
        if (classes == 2) {
            part = (from, to) -> TwoClasses.focal(grad, logits, labels, weights, focus, share, from, to);
        } else if (focus == 0) {
            part = (from, to) -> crossEntropy(grad, logits, labels, weights, share, classes, from, to);
        } else {
            part = (from, to) -> focal(grad, logits, labels, weights, focus, total, classes, from, to);
        }
        loss[0] = (float) (sumOfChunks(p, s.rows(), classes, part) / total);
    }

    private static double crossEntropy(
            float @Nullable [] grad,
            float[] logits,
            float[] labels,
            float @Nullable [] weights,
            float share,
            int classes,
            int from,
            int to) {
        float[] e = grad != null ? grad : Scratch.floats(Slot.TASK_A, classes);
        double loss = 0;
        for (int r = from; r < to; r++) {
            int at = r * classes;
            int label = (int) labels[r];
            float weight = weights == null ? 1 : weights[label];
            float sum = exponentials(e, grad != null ? at : 0, logits, at, classes);
            loss += weight * (Math.log(sum) - (logits[at + label] - largest(logits, at, classes)));
            if (grad != null) {
                float factor = weight * share / sum;
                for (int i = at; i < at + classes; i++) {
                    grad[i] = Vanishing.flushed(grad[i] * factor);
                }
                grad[at + label] -= weight * share;
            }
        }
        return loss;
    }

    private static double focal(
            float @Nullable [] grad,
            float[] logits,
            float[] labels,
            float @Nullable [] weights,
            float focus,
            double total,
            int classes,
            int from,
            int to) {
        double[] e = Scratch.doubles(Slot.TASK_A, classes);
        double loss = 0;
        for (int r = from; r < to; r++) {
            int at = r * classes;
            int label = (int) labels[r];
            float weight = weights == null ? 1 : weights[label];
            float max = largest(logits, at, classes);
            double others = 0;
            for (int c = 0; c < classes; c++) {
                e[c] = Math.exp((double) logits[at + c] - max);
                others += c == label ? 0 : e[c];
            }
            double sum = others + e[label];
            double log = (double) logits[at + label] - max - Math.log(sum);
            double probability = e[label] / sum;
            double miss = others / sum;
            double power = Math.pow(miss, focus);
            loss -= weight * power * log;
            if (grad != null) {
                double slope = miss > 0 ? focus * Math.pow(miss, focus - 1) * probability * log : 0;
                double factor = weight / total * (slope - power);
                for (int c = 0; c < classes; c++) {
                    grad[at + c] = Vanishing.flushed((float) (factor * (c == label ? miss : -e[c] / sum)));
                }
            }
        }
        return loss;
    }

    public static void dice(
            Parallel p,
            float[] loss,
            float @Nullable [] grad,
            float[] logits,
            float[] labels,
            float smooth,
            int batch,
            RowShape s) {
        int classes = s.classes();
        int pixels = s.rows() / batch;
        int step = Chunks.rowsPerChunk(classes);
        int chunks = Chunks.count(pixels, classes);
        double[] partial = Scratch.doubles(Slot.SHARED_A, batch * chunks * classes * 3);
        Arrays.fill(partial, 0, batch * chunks * classes * 3, 0);
        p.run(batch * chunks, task -> {
            int first = task / chunks * pixels + task % chunks * step;
            int end = Math.min((task / chunks + 1) * pixels, first + step);
            if (classes == 2) {
                TwoClasses.diceSums(partial, task * 6 + 3, logits, labels, first, end);
            } else {
                diceSums(partial, task * classes * 3, logits, labels, classes, first, end);
            }
        });
        double share = 1.0 / (batch * (classes - 1.0));
        float[] onLabel = Scratch.floats(Slot.SHARED_A, batch * classes);
        float[] everywhere = Scratch.floats(Slot.SHARED_B, batch * classes);
        double score = 0;
        for (int i = 0; i < batch * classes; i++) {
            double both = 0;
            double predicted = 0;
            double labelled = 0;
            for (int chunk = 0; chunk < chunks; chunk++) {
                int at = ((i / classes * chunks + chunk) * classes + i % classes) * 3;
                both += partial[at];
                predicted += partial[at + 1];
                labelled += partial[at + 2];
            }
            onLabel[i] = 0;
            everywhere[i] = 0;
            if (i % classes != 0) {
                double union = predicted + labelled + smooth;
                double dice = (2 * both + smooth) / union;
                score += dice * share;
                onLabel[i] = (float) (-2 * share / union);
                everywhere[i] = (float) (share * dice / union);
            }
        }
        loss[0] = (float) (1 - score);
        if (grad != null) {
            p.run(batch * chunks, task -> {
                int first = task / chunks * pixels + task % chunks * step;
                int end = Math.min((task / chunks + 1) * pixels, first + step);
                int slopes = task / chunks * classes;
                if (classes == 2) {
                    TwoClasses.diceGrad(grad, logits, labels, onLabel[slopes + 1], everywhere[slopes + 1], first, end);
                } else {
                    diceGrad(grad, logits, labels, onLabel, everywhere, slopes, classes, first, end);
                }
            });
        }
    }

    /** Adds, for each class, the sums of p * g, p and g over rows {@code from} to {@code to - 1}. */
    private static void diceSums(
            double[] sums, int out, float[] logits, float[] labels, int classes, int from, int to) {
        float[] e = Scratch.floats(Slot.TASK_A, classes);
        for (int r = from; r < to; r++) {
            float scale = 1 / exponentials(e, 0, logits, r * classes, classes);
            for (int c = 0; c < classes; c++) {
                sums[out + 3 * c + 1] += e[c] * scale;
            }
            int label = (int) labels[r];
            sums[out + 3 * label] += e[label] * scale;
            sums[out + 3 * label + 2]++;
        }
    }

    private static void diceGrad(
            float[] grad,
            float[] logits,
            float[] labels,
            float[] onLabel,
            float[] everywhere,
            int slopes,
            int classes,
            int from,
            int to) {
        float[] e = Scratch.floats(Slot.TASK_A, classes);
        for (int r = from; r < to; r++) {
            float scale = 1 / exponentials(e, 0, logits, r * classes, classes);
            int label = (int) labels[r];
            float mean = e[label] * scale * onLabel[slopes + label];
            for (int c = 0; c < classes; c++) {
                mean += e[c] * scale * everywhere[slopes + c];
            }
            for (int c = 0; c < classes; c++) {
                float slope = everywhere[slopes + c] + (c == label ? onLabel[slopes + c] : 0);
                grad[r * classes + c] = Vanishing.flushed(e[c] * scale * (slope - mean));
            }
        }
    }

    private static double totalWeight(Parallel p, float[] labels, float @Nullable [] weights, int rows) {
        if (weights == null) {
            return rows;
        }
        return sumOfChunks(p, rows, 1, (from, to) -> {
            double sum = 0;
            for (int r = from; r < to; r++) {
                sum += weights[(int) labels[r]];
            }
            return sum;
        });
    }

    private interface Part {
        double over(int from, int to);
    }

    private static double sumOfChunks(Parallel p, int rows, int width, Part part) {
        int count = Chunks.count(rows, width);
        double[] partial = Scratch.doubles(Slot.SHARED_A, count);
        int step = Chunks.rowsPerChunk(width);
        Chunks.rows(p, rows, width, (from, to) -> partial[from / step] = part.over(from, to));
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += partial[i];
        }
        return sum;
    }
}
