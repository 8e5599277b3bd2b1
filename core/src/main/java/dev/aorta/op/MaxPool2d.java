package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.PoolShape;
import org.jspecify.annotations.Nullable;

/**
 * Maximum of each window; the first of equals receives the gradient. Input: x (N, H, W, C).
 *
 * @param shape geometry
 */
public record MaxPool2d(PoolShape shape) implements Op {
    @Override
    public String name() {
        return "maxPool2d";
    }

    @Override
    public Shape outputShape() {
        return shape.output();
    }

    @Override
    public void forward(Call c) {
        c.backend().maxPool2d(c.out(), c.in()[0], shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().maxPool2dGrad(dx[0], dy, c.in()[0], shape);
        }
    }
}
