package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.Strided;
import org.jspecify.annotations.Nullable;

/**
 * The same elements in the same order under another shape. Input: x of as many elements.
 *
 * @param outputShape shape of the result
 */
public record Reshape(Shape outputShape) implements Op {
    @Override
    public String name() {
        return "reshape";
    }

    @Override
    public void forward(Call c) {
        c.backend().copy(c.out(), c.in()[0], Strided.whole(outputShape.size()));
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().copy(dx[0], dy, Strided.whole(outputShape.size()));
        }
    }
}
