package dev.aorta.loss;

import dev.aorta.Tensor;
import java.util.OptionalInt;

/**
 * Softmax cross-entropy of logits x (.., classes) and class indices l (..): {@code -sum of sum over classes c of w[c] q[c] ln
 * softmax(x)[c]}, divided by {@code sum w[l]}, where q is {@code 1 - smoothing} at l and {@code smoothing / classes} beyond that
 * everywhere; both sums leave ignored labels out. PyTorch's {@code CrossEntropyLoss}, but 0 where all labels are ignored.
 *
 * @see <a href="https://arxiv.org/abs/1512.00567">Szegedy et al. 2016: label smoothing</a>
 */
public final class CrossEntropy implements Loss {
    static final CrossEntropy PLAIN = new CrossEntropy(new float[0], 0, OptionalInt.empty());

    private final float[] classWeights;
    private final float smoothing;
    private final OptionalInt ignored;

    private CrossEntropy(float[] classWeights, float smoothing, OptionalInt ignored) {
        this.classWeights = classWeights;
        this.smoothing = smoothing;
        this.ignored = ignored;
    }

    /**
     * The same with a weight for each class.
     *
     * @param weights one for each class
     * @return the loss with weights
     */
    public CrossEntropy weighted(float... weights) {
        return new CrossEntropy(weights.clone(), smoothing, ignored);
    }

    /**
     * The same with a part of each label spread over all classes.
     *
     * @param part from 0 to 1
     * @return the loss with smoothed labels
     */
    public CrossEntropy smoothed(float part) {
        if (!(part >= 0 && part <= 1)) {
            throw new IllegalArgumentException("[crossEntropy] smoothing must be from 0 to 1, got " + part);
        }
        return new CrossEntropy(classWeights, part, ignored);
    }

    /**
     * The same without the elements of one label, which need not be a class: 255, for example, where nothing is known.
     *
     * @param label of the elements that count for nothing
     * @return the loss of the others
     */
    public CrossEntropy ignoring(int label) {
        return new CrossEntropy(classWeights, smoothing, OptionalInt.of(label));
    }

    @Override
    public Tensor of(Tensor x, Tensor labels) {
        if (smoothing == 0 && ignored.isEmpty()) {
            return x.crossEntropy(labels, Labels.weightsOrNull(x, classWeights));
        }
        int classes = Labels.classes("crossEntropy", x, labels);
        Tensor kept = ignored.isEmpty()
                ? labels.equal(labels)
                : labels.notEqual(Tensor.of(x.device(), new float[] {ignored.getAsInt()}));
        Tensor hot = Labels.oneHot(labels.mul(kept), classes);
        Tensor w = Labels.weights("crossEntropy", x, classWeights);
        Tensor q = hot.mul(1 - smoothing).add(smoothing / classes);
        Tensor each = q.mul(w).mul(x.logSoftmax()).sum(-1).mul(kept);
        Tensor all = hot.mul(w).sum(-1).mul(kept).sum().clamp(Float.MIN_NORMAL, Float.MAX_VALUE);
        return each.sum().neg().div(all);
    }
}
