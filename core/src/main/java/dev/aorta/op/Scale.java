package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/** {@code y = alpha * x}. Input: x, any shape. */
public record Scale(Shape outputShape, float alpha) implements Op {
    @Override
    public String name() {
        return "scale";
    }

    @Override
    public void forward(Call c) {
        c.backend().scale(c.out(), c.in()[0], alpha);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().scale(dx[0], dy, alpha);
        }
    }
}
