package dev.aorta.loss;

import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What losses do with what the output should be. */
final class Labels {
    private Labels() {}

    /** @throws ShapeException when targets have not the shape of the output, which would be broadcast */
    static void requireShape(String loss, Tensor output, Tensor targets) {
        if (!targets.shape().equals(output.shape())) {
            throw new ShapeException(
                    loss, "targets must have the shape of the output " + output.shape() + ", got " + targets.shape());
        }
    }

    /** Output minus targets, of one shape. */
    static Tensor error(String loss, Tensor output, Tensor targets) {
        requireShape(loss, output, targets);
        return output.sub(targets);
    }

    /**
     * The number of classes of logits.
     *
     * @throws ShapeException when labels have not their shape without the last axis
     */
    static int classes(String loss, Tensor logits, Tensor labels) {
        Shape x = logits.shape();
        if (x.rank() < 2 || !labels.shape().equals(Shape.of(Arrays.copyOf(x.dims(), x.rank() - 1)))) {
            throw new ShapeException(
                    loss, "needs logits (N, .., classes) and labels (N, ..), got " + x + " and " + labels.shape());
        }
        return x.dim(-1);
    }

    /**
     * 1 at the class of each label and 0 elsewhere, (.., classes).
     *
     * @throws IllegalArgumentException when a label is not a class
     */
    static Tensor oneHot(Tensor labels, int classes) {
        float[] all = new float[classes];
        for (int c = 0; c < classes; c++) {
            all[c] = c;
        }
        Tensor index = Tensor.of(labels.device(), all, classes);
        return index.gather(0, labels).unsqueeze(-1).equal(index);
    }

    /** Weights as a tensor (classes), or null for none. */
    static @Nullable Tensor weightsOrNull(Tensor logits, float[] weights) {
        return weights.length == 0 ? null : Tensor.of(logits.device(), weights, weights.length);
    }

    /** Weights as a tensor (classes), 1 for none. */
    static Tensor weights(String loss, Tensor logits, float[] weights) {
        int classes = logits.shape().dim(-1);
        float[] one = new float[classes];
        Arrays.fill(one, 1);
        float[] all = weights.length == 0 ? one : weights;
        if (all.length != classes) {
            throw new ShapeException(loss, "got " + all.length + " class weights for logits " + logits.shape());
        }
        return Tensor.of(logits.device(), all, classes);
    }
}
