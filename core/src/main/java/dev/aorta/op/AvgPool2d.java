package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.PoolShape;
import org.jspecify.annotations.Nullable;

/**
 * Mean of each window over the pixels in the image. Input: x (N, H, W, C).
 *
 * @param shape geometry
 */
public record AvgPool2d(PoolShape shape) implements Op {
    @Override
    public String name() {
        return "avgPool2d";
    }

    @Override
    public Shape outputShape() {
        return shape.output();
    }

    @Override
    public void forward(Call c) {
        c.backend().avgPool2d(c.out(), c.in()[0], shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().avgPool2dGrad(dx[0], dy, shape);
        }
    }
}
