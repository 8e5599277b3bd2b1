package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/** {@code y = a + b}. Inputs: a, b of one shape. */
public record Add(Shape outputShape) implements Op {
    @Override
    public String name() {
        return "add";
    }

    @Override
    public void forward(Call c) {
        c.backend().add(c.out(), c.in()[0], c.in()[1]);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        for (Buffer d : dx) {
            if (d != null) {
                c.backend().copy(d, dy);
            }
        }
    }
}
