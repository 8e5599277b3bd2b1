package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.RowShape;
import org.jspecify.annotations.Nullable;

/**
 * Focal loss, averaged over rows; with focus 0 the softmax cross-entropy. Inputs: logits (.., classes), labels (..) and, where
 * weighted, class weights (classes). The gradient is computed with the loss and saved.
 *
 * @param logits shape of the logits
 * @param weighted whether there are class weights
 * @param focus not negative; 0 is cross-entropy
 */
public record FocalLoss(Shape logits, boolean weighted, float focus) implements Op {
    @Override
    public String name() {
        return focus == 0 ? "crossEntropy" : "focalLoss";
    }

    @Override
    public Shape outputShape() {
        return Shape.SCALAR;
    }

    @Override
    public int[] savedSizes(boolean recording) {
        return recording ? new int[] {logits.size()} : new int[0];
    }

    @Override
    public void forward(Call c) {
        Buffer weights = weighted ? c.in()[2] : null;
        c.backend().focalLoss(c.out(), c.savedOrNull(), c.in()[0], c.in()[1], weights, focus, RowShape.of(logits));
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().scaleBy(dx[0], c.saved()[0], dy);
        }
    }
}
