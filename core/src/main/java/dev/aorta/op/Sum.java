package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/** {@code y = alpha * sum of x}, a scalar; with alpha = 1 / size it is the mean. Input: x, any shape. */
public record Sum(float alpha) implements Op {
    @Override
    public String name() {
        return "sum";
    }

    @Override
    public Shape outputShape() {
        return Shape.SCALAR;
    }

    @Override
    public void forward(Call c) {
        c.backend().sum(c.out(), c.in()[0]);
        if (alpha != 1) {
            c.backend().scale(c.out(), c.out(), alpha);
        }
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().broadcast(dx[0], dy, alpha);
        }
    }
}
