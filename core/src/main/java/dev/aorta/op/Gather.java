package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.GatherShape;
import org.jspecify.annotations.Nullable;

/**
 * Picks slices along one axis. Inputs: x and the indices of the slices (..), which have no gradient.
 *
 * @param outputShape shape of the result
 * @param shape geometry
 */
public record Gather(Shape outputShape, GatherShape shape) implements Op {
    @Override
    public String name() {
        return "gather";
    }

    @Override
    public void forward(Call c) {
        c.backend().gather(c.out(), c.in()[0], c.in()[1], shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().gatherGrad(dx[0], dy, c.in()[1], shape);
        }
    }
}
