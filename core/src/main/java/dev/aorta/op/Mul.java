package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/** {@code y = a * b}, element by element: da = dy * b, db = dy * a. Inputs: a, b of one shape. */
public record Mul(Shape outputShape) implements Op {
    @Override
    public String name() {
        return "mul";
    }

    @Override
    public void forward(Call c) {
        c.backend().mul(c.out(), c.in()[0], c.in()[1]);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        for (int i = 0; i < 2; i++) {
            if (dx[i] != null) {
                c.backend().mul(dx[i], dy, c.in()[1 - i]);
            }
        }
    }
}
