package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = f(a, b)} with broadcasting; {@link Binary} has the functions. Inputs: a and b, whose shapes {@link Broadcast}
 * brings together.
 *
 * @param f the function
 * @param a shape of the first input
 * @param b shape of the second input
 * @param shape geometry
 */
public record BinaryOp(Binary f, Shape a, Shape b, Broadcast shape) implements Op {
    /**
     * The op for two shapes.
     *
     * @param f the function
     * @param a shape of the first input
     * @param b shape of the second input
     * @return the op
     * @throws dev.aorta.ShapeException when they cannot be broadcast
     */
    public static BinaryOp of(Binary f, Shape a, Shape b) {
        return new BinaryOp(f, a, b, Broadcast.of(f.label(), a, b));
    }

    @Override
    public String name() {
        return f.label();
    }

    @Override
    public Shape outputShape() {
        return shape.output();
    }

    @Override
    public void forward(Call c) {
        c.backend().binary(c.out(), c.in()[0], c.in()[1], f, shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        gradient(c, dy, dx[0], a, false);
        gradient(c, dy, dx[1], b, true);
    }

    private void gradient(Call c, Buffer dy, @Nullable Buffer d, Shape operand, boolean second) {
        if (d == null) {
            return;
        }
        Backend backend = c.backend();
        boolean isSum = f == Binary.ADD || f == Binary.SUB && !second;
        if (operand.size() == shape.size()) {
            backend.binaryGrad(d, dy, c.in()[0], c.in()[1], second, f, shape);
        } else if (isSum) {
            Reduce.sumTo(backend, d, operand, dy, shape.output());
        } else {
            try (Temporary whole = Temporary.of(backend, shape.size())) {
                backend.binaryGrad(whole.buffer(), dy, c.in()[0], c.in()[1], second, f, shape);
                Reduce.sumTo(backend, d, operand, whole.buffer(), shape.output());
            }
        }
    }
}
