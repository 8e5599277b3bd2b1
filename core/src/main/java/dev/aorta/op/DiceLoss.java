package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.RowShape;
import org.jspecify.annotations.Nullable;

/**
 * Soft Dice loss, averaged over images and foreground classes. Inputs: logits (.., classes), labels (..). The gradient is
 * computed with the loss and saved.
 *
 * @param logits shape of the logits
 * @param smooth above 0; keeps an empty class defined
 */
public record DiceLoss(Shape logits, float smooth) implements Op {
    @Override
    public String name() {
        return "diceLoss";
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
        c.backend()
                .diceLoss(c.out(), c.savedOrNull(), c.in()[0], c.in()[1], smooth, logits.dim(0), RowShape.of(logits));
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().scaleBy(dx[0], c.saved()[0], dy);
        }
    }
}
