package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/** {@code y[.., c] = x[.., c] + bias[c]}. Inputs: x (.., C), bias (C). */
public record BiasAdd(Shape outputShape) implements Op {
    @Override
    public String name() {
        return "biasAdd";
    }

    @Override
    public void forward(Call c) {
        c.backend().biasAdd(c.out(), c.in()[0], c.in()[1], outputShape.rows(), outputShape.dim(-1));
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().copy(dx[0], dy);
        }
        if (dx[1] != null) {
            c.backend().biasGrad(dx[1], dy, null, outputShape.rows(), outputShape.dim(-1));
        }
    }
}
