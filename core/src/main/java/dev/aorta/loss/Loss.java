package dev.aorta.loss;

import dev.aorta.Tensor;

/** A scalar that says how far logits are from labels. */
@FunctionalInterface
public interface Loss {
    /**
     * The loss, a differentiable scalar.
     *
     * @param logits (N, .., classes)
     * @param labels (N, ..), class indices
     */
    Tensor of(Tensor logits, Tensor labels);

    /** Softmax cross-entropy; {@link Tensor#crossEntropy}. */
    static Loss crossEntropy() {
        return (logits, labels) -> logits.crossEntropy(labels, null);
    }

    /** Soft Dice loss of the foreground with smooth 1; {@link Tensor#diceLoss}. */
    static Loss dice() {
        return (logits, labels) -> logits.diceLoss(labels, 1);
    }

    /** Focal loss with focus 2; {@link Tensor#focalLoss}. */
    static Loss focal() {
        return (logits, labels) -> logits.focalLoss(labels, null, 2);
    }

    /** The sum of this loss and another. */
    default Loss plus(Loss other) {
        return (logits, labels) -> of(logits, labels).add(other.of(logits, labels));
    }
}
