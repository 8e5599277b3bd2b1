package dev.aorta.backend.cpu;

import org.jspecify.annotations.Nullable;

/** Softmax cross-entropy of two classes, which is a logistic loss: one exponential and one logarithm a row. */
final class TwoClasses {
    private TwoClasses() {}

    /** The weighted loss of rows {@code from} to {@code to - 1}; the gradient is multiplied by {@code share}. */
    static double crossEntropy(
            float @Nullable [] grad,
            float[] logits,
            float[] labels,
            float @Nullable [] weights,
            float share,
            int from,
            int to) {
        int inVectors = Simd.BITS == 0 ? from : to - (to - from) % Simd.LANES;
        double loss = inVectors == from
                ? 0
                : TwoClassesSimd.crossEntropy(
                        grad,
                        logits,
                        labels,
                        weights == null ? 1 : weights[0],
                        weights == null ? 1 : weights[1],
                        share,
                        from,
                        inVectors);
        for (int r = inVectors; r < to; r++) {
            int label = (int) labels[r];
            float weight = weights == null ? 1 : weights[label];
            float wrong = logits[2 * r + 1 - label] - logits[2 * r + label];
            float e = Exp.exp(-Math.abs(wrong));
            loss += weight * (Math.max(wrong, 0) + Exp.log1p(e));
            if (grad != null) {
                float miss = (wrong > 0 ? 1 : e) / (1 + e) * weight * share;
                grad[2 * r + label] = -miss;
                grad[2 * r + 1 - label] = miss;
            }
        }
        return loss;
    }
}
