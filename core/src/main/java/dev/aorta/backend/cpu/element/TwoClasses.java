package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.Exp;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Vanishing;
import org.jspecify.annotations.Nullable;

/**
 * Losses of two classes. The softmax is then the logistic function of the second logit's lead over the first, so that a row needs
 * one exponential, and the gradients of its two logits are opposite.
 */
final class TwoClasses {
    /**
     * Rows that go through one stage after another; a multiple of every vector's lanes, and so few that the stages of a 256 x 256
     * image are called often enough to be compiled within its first ten training steps (256 rows: fifteen).
     */
    static final int BLOCK = 64;

    private TwoClasses() {}

    /**
     * The weighted focal loss of rows {@code from} to {@code to - 1}, which is cross-entropy for focus 0; the gradient is multiplied
     * by {@code share}.
     */
    static double focal(
            float @Nullable [] grad,
            float[] logits,
            float[] labels,
            float @Nullable [] weights,
            float focus,
            float share,
            int from,
            int to) {
        float weight0 = weights == null ? 1 : weights[0];
        float weight1 = weights == null ? 1 : weights[1];
        int inVectors = inVectors(from, to);
        double loss = 0;
        float[] scratch = Scratch.floats(Scratch.Slot.TASK_A, 4 * BLOCK);
        for (int r = from; r < inVectors; r += BLOCK) {
            int n = Math.min(BLOCK, inVectors - r);
            TwoClassesSimd.leads(scratch, logits, labels, r, n);
            TwoClassesSimd.exp(scratch, TwoClassesSimd.E, n);
            TwoClassesSimd.logarithms(scratch, n);
            if (focus != 0) {
                TwoClassesSimd.powers(scratch, focus, n);
                TwoClassesSimd.exp(scratch, TwoClassesSimd.POWER, n);
            }
            loss += TwoClassesSimd.focal(scratch, labels, weight0, weight1, focus, r, n);
            if (grad != null) {
                TwoClassesSimd.focalGrad(grad, scratch, labels, weight0 * share, weight1 * share, focus, r, n);
            }
        }
        for (int r = inVectors; r < to; r++) {
            boolean second = labels[r] != 0;
            float lead = logits[2 * r + 1] - logits[2 * r];
            float wrong = second ? -lead : lead;
            float e = Exp.exp(-Math.abs(wrong));
            float log = Exp.log1p(e);
            float surprise = Math.max(wrong, 0) + log;
            float power = focus == 0 ? 1 : Exp.exp(focus * (Math.min(wrong, 0) - log));
            float weight = power * (second ? weight1 : weight0);
            loss += weight * surprise;
            if (grad != null) {
                float larger = 1 / (1 + e);
                float miss = wrong > 0 ? larger : e * larger;
                float hit = wrong > 0 ? e * larger : larger;
                float slope = weight * share * (miss + focus * hit * surprise);
                put(grad, r, second ? -slope : slope);
            }
        }
        return loss;
    }

    /** Adds, for the second class, the sums of p * g, p and g over rows {@code from} to {@code to - 1}, at {@code out}. */
    static void diceSums(double[] sums, int out, float[] logits, float[] labels, int from, int to) {
        int inVectors = inVectors(from, to);
        float[] scratch = Scratch.floats(Scratch.Slot.TASK_A, 2 * BLOCK);
        for (int r = from; r < inVectors; r += BLOCK) {
            int n = Math.min(BLOCK, inVectors - r);
            TwoClassesSimd.leads(scratch, logits, labels, r, n);
            TwoClassesSimd.exp(scratch, TwoClassesSimd.E, n);
            TwoClassesSimd.diceSums(sums, out, scratch, labels, r, n);
        }
        for (int r = inVectors; r < to; r++) {
            float lead = logits[2 * r + 1] - logits[2 * r];
            float e = Exp.exp(-Math.abs(lead));
            float p = (lead > 0 ? 1 : e) / (1 + e);
            sums[out] += p * labels[r];
            sums[out + 1] += p;
            sums[out + 2] += labels[r];
        }
    }

    /** The gradient where that of the loss for the probability of the second class is {@code everywhere + onLabel * g}. */
    static void diceGrad(
            float[] grad, float[] logits, float[] labels, float onLabel, float everywhere, int from, int to) {
        int inVectors = inVectors(from, to);
        float[] scratch = Scratch.floats(Scratch.Slot.TASK_A, 2 * BLOCK);
        for (int r = from; r < inVectors; r += BLOCK) {
            int n = Math.min(BLOCK, inVectors - r);
            TwoClassesSimd.leads(scratch, logits, labels, r, n);
            TwoClassesSimd.exp(scratch, TwoClassesSimd.E, n);
            TwoClassesSimd.diceGrad(grad, scratch, labels, onLabel, everywhere, r, n);
        }
        for (int r = inVectors; r < to; r++) {
            float e = Exp.exp(-Math.abs(logits[2 * r + 1] - logits[2 * r]));
            float larger = 1 / (1 + e);
            put(grad, r, e * larger * larger * (everywhere + onLabel * labels[r]));
        }
    }

    private static int inVectors(int from, int to) {
        return Simd.BITS == 0 ? from : to - (to - from) % Simd.LANES;
    }

    private static void put(float[] grad, int r, float ofSecond) {
        float flushed = Vanishing.flushed(ofSecond);
        grad[2 * r] = -flushed;
        grad[2 * r + 1] = flushed;
    }
}
