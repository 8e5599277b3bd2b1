package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.Strided;
import org.jspecify.annotations.Nullable;

/**
 * Each element of a part of x at a place of its own in y: permuting, slicing, turning round, padding. Input: x.
 *
 * @param name in messages
 * @param input shape of the input
 * @param outputShape shape of the result
 * @param copy which element of x, the source, goes where in y
 * @param background value of the elements of y that none of x reaches
 */
public record Move(String name, Shape input, Shape outputShape, Strided copy, float background) implements Op {
    @Override
    public void forward(Call c) {
        if (copy.size() < outputShape.size()) {
            c.backend().fill(c.out(), background);
        }
        c.backend().copy(c.out(), c.in()[0], copy);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] == null) {
            return;
        }
        if (copy.size() < input.size()) {
            c.backend().fill(dx[0], 0);
        }
        c.backend().copy(dx[0], dy, copy.inverse());
    }
}
