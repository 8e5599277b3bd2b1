package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.UpsampleShape;
import org.jspecify.annotations.Nullable;

/**
 * Enlargement by whole factors, repeating pixels or bilinear. Input: x (N, H, W, C).
 *
 * @param shape geometry
 */
public record Upsample(UpsampleShape shape) implements Op {
    @Override
    public String name() {
        return shape.bilinear() ? "upsampleBilinear" : "upsampleNearest";
    }

    @Override
    public Shape outputShape() {
        return shape.output();
    }

    @Override
    public void forward(Call c) {
        c.backend().upsample(c.out(), c.in()[0], shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().upsampleGrad(dx[0], dy, shape);
        }
    }
}
