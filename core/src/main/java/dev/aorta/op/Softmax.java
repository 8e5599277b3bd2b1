package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.RowShape;
import org.jspecify.annotations.Nullable;

/**
 * Softmax over the last axis. Input: x (.., classes).
 *
 * @param outputShape shape of the result
 */
public record Softmax(Shape outputShape) implements Op {
    @Override
    public String name() {
        return "softmax";
    }

    @Override
    public void forward(Call c) {
        c.backend().softmax(c.out(), c.in()[0], RowShape.of(outputShape));
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().softmaxGrad(dx[0], dy, c.out(), RowShape.of(outputShape));
        }
    }
}
