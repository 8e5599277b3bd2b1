package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.UpsampleShape;
import org.jspecify.annotations.Nullable;

/** Enlargement by whole factors, repeating pixels or bilinear. Input: x (N, H, W, C). */
public record Upsample(UpsampleShape shape, boolean bilinear) implements Op {
    @Override
    public String name() {
        return bilinear ? "upsampleBilinear" : "upsampleNearest";
    }

    @Override
    public Shape outputShape() {
        return shape.output();
    }

    @Override
    public void forward(Call c) {
        if (bilinear) {
            c.backend().upsampleBilinear(c.out(), c.in()[0], shape);
        } else {
            c.backend().upsampleNearest(c.out(), c.in()[0], shape);
        }
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] == null) {
            return;
        }
        if (bilinear) {
            c.backend().upsampleBilinearGrad(dx[0], dy, shape);
        } else {
            c.backend().upsampleNearestGrad(dx[0], dy, shape);
        }
    }
}
