package dev.aorta.loss;

import dev.aorta.Shape;
import dev.aorta.Tensor;

/** A scalar that says how far the output of a network is from what it should be; its mean over elements, rows or images. */
@FunctionalInterface
public interface Loss {
    /**
     * The loss, a differentiable scalar.
     *
     * @param output of the network: logits (N, .., classes) for losses of classes, numbers of any shape for the others
     * @param labels class indices (N, ..), or numbers of the shape of the output; without a gradient
     * @return the loss, a scalar
     */
    Tensor of(Tensor output, Tensor labels);

    // ---- of numbers

    /** {@return mean squared error: {@code mean((y - t)^2)}} */
    static Loss mse() {
        return (y, t) -> Labels.error("mse", y, t).square().mean();
    }

    /** {@return mean absolute error: {@code mean(|y - t|)}} */
    static Loss mae() {
        return (y, t) -> Labels.error("mae", y, t).abs().mean();
    }

    /**
     * Huber's loss: the mean of {@code e^2 / 2} for errors {@code e = |y - t|} up to delta, and {@code delta (e - delta / 2)}
     * beyond.
     *
     * @param delta above 0
     * @return the loss
     * @see <a href="https://doi.org/10.1214/aoms/1177703732">Huber 1964</a>
     */
    static Loss huber(float delta) {
        if (!(delta > 0)) {
            throw new IllegalArgumentException("[huber] delta must be above 0, got " + delta);
        }
        return (y, t) -> {
            Tensor e = Labels.error("huber", y, t).abs();
            Tensor near = e.clamp(0, delta);
            return near.square().mul(0.5f).add(e.sub(near).mul(delta)).mean();
        };
    }

    /**
     * Binary cross-entropy of logits x and targets t from 0 to 1: {@code mean(-t ln s(x) - (1 - t) ln(1 - s(x)))}, s the
     * sigmoid.
     *
     * @return the loss
     */
    static Loss binaryCrossEntropy() {
        return binaryCrossEntropy(1);
    }

    /**
     * {@link #binaryCrossEntropy()} with the term of t weighted, for positives that are rare; it neither overflows nor loses its
     * digits for large logits.
     *
     * @param positiveWeight above 0
     * @return the loss
     */
    static Loss binaryCrossEntropy(float positiveWeight) {
        if (!(positiveWeight > 0)) {
            throw new IllegalArgumentException(
                    "[binaryCrossEntropy] the weight of positives must be above 0, got " + positiveWeight);
        }
        return (x, t) -> {
            Labels.requireShape("binaryCrossEntropy", x, t);
            Tensor positive = t.mul(positiveWeight).mul(x.neg().softplus());
            return positive.add(t.neg().add(1).mul(x.softplus())).mean();
        };
    }

    // ---- of distributions

    /**
     * Cross-entropy with a distribution of classes t as the label of each row, (.., classes): {@code -mean over rows of sum w t ln
     * softmax(x)}.
     *
     * @param classWeights w, one for each class, or none for all 1
     * @return the loss
     */
    static Loss softCrossEntropy(float... classWeights) {
        float[] weights = classWeights.clone();
        return (x, t) -> {
            Labels.requireShape("softCrossEntropy", x, t);
            Tensor w = Labels.weights("softCrossEntropy", x, weights);
            return t.mul(w).mul(x.logSoftmax()).sum(-1).mean().neg();
        };
    }

    /**
     * Kullback-Leibler divergence of softmax(x) from a distribution t, (.., classes): mean over rows of {@code sum t (ln t - ln
     * softmax(x))}.
     *
     * @return the loss
     */
    static Loss klDivergence() {
        return (x, t) -> {
            Labels.requireShape("klDivergence", x, t);
            Tensor logT = t.clamp(Float.MIN_NORMAL, Float.MAX_VALUE).log(); // 0 ln 0 is 0
            return t.mul(logT.sub(x.logSoftmax())).sum(-1).mean();
        };
    }

    // ---- of classes

    /**
     * Softmax cross-entropy, {@link Tensor#crossEntropy}; with weights, label smoothing and a label to ignore where asked.
     *
     * @return the loss, to be refined
     */
    static CrossEntropy crossEntropy() {
        return CrossEntropy.PLAIN;
    }

    /** {@return the focal loss with focus 2; {@link Tensor#focalLoss}} */
    static Loss focal() {
        return focal(2);
    }

    /**
     * Focal loss; {@link Tensor#focalLoss}.
     *
     * @param focus not negative
     * @param classWeights one for each class, or none for all 1
     * @return the loss
     */
    static Loss focal(float focus, float... classWeights) {
        float[] weights = classWeights.clone();
        return (x, labels) -> x.focalLoss(labels, Labels.weightsOrNull(x, weights), focus);
    }

    /** {@return the soft Dice loss of the foreground with smooth 1; {@link Tensor#diceLoss}} */
    static Loss dice() {
        return (x, labels) -> x.diceLoss(labels, 1);
    }

    /**
     * Tversky loss of the foreground, 1 minus the mean over images and classes from 1 on of {@code (TP + 1) / (TP + a FP + b FN +
     * 1)}, where for probabilities p and labels g {@code TP = sum p g}, {@code FP = sum p (1 - g)} and {@code FN = sum (1 - p) g}.
     * With a and b of 1/2 it is the Dice loss with smooth 2.
     *
     * @param falsePositives a, not negative
     * @param falseNegatives b, not negative; above a where what is missed is worse
     * @return the loss
     * @see <a href="https://arxiv.org/abs/1706.05721">Salehi et al. 2017</a>
     */
    static Loss tversky(float falsePositives, float falseNegatives) {
        if (!(falsePositives >= 0 && falseNegatives >= 0)) {
            throw new IllegalArgumentException("[tversky] the weights of what is wrong must not be negative, got "
                    + falsePositives + " and " + falseNegatives);
        }
        return (x, labels) -> {
            Shape s = x.shape();
            int classes = Labels.classes("tversky", x, labels);
            Tensor p = x.softmax().reshape(s.dim(0), -1, classes);
            Tensor g = Labels.oneHot(labels, classes).reshape(s.dim(0), -1, classes);
            Tensor hits = p.mul(g).sum(1);
            Tensor wrong = p.sum(1)
                    .sub(hits)
                    .mul(falsePositives)
                    .add(g.sum(1).sub(hits).mul(falseNegatives));
            Tensor index = hits.add(1).div(hits.add(wrong).add(1));
            return index.slice(1, 1, classes).mean().neg().add(1);
        };
    }

    /**
     * The sum of this loss and another.
     *
     * @param other of the same output and labels
     * @return the sum
     */
    default Loss plus(Loss other) {
        return (output, labels) -> of(output, labels).add(other.of(output, labels));
    }

    /**
     * This loss times a factor, for sums.
     *
     * @param factor of any sign
     * @return the product
     */
    default Loss times(float factor) {
        return (output, labels) -> of(output, labels).mul(factor);
    }
}
