package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.Unary;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = f(x)}, element by element; {@link Unary} has the functions. Input: x, any shape.
 *
 * @param outputShape shape of the result
 * @param f the function
 */
public record UnaryOp(Shape outputShape, Unary f) implements Op {
    @Override
    public String name() {
        return f.label();
    }

    @Override
    public void forward(Call c) {
        c.backend().unary(c.out(), c.in()[0], f);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().unaryGrad(dx[0], dy, c.in()[0], c.out(), f);
        }
    }
}
