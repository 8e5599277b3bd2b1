package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.Placement;
import org.jspecify.annotations.Nullable;

/**
 * A block of rows, columns and channels of every image. Input: x (N, H, W, C).
 *
 * @param block where the output lies in x
 */
public record Crop(Shape outputShape, Placement block) implements Op {
    @Override
    public String name() {
        return "crop";
    }

    @Override
    public void forward(Call c) {
        Shape s = outputShape;
        c.backend().copyBlock(c.out(), whole(s), c.in()[0], block, s.dim(0), s.dim(1), s.dim(2), s.dim(3));
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Shape s = outputShape;
        if (dx[0] != null) {
            c.backend().fill(dx[0], 0);
            c.backend().copyBlock(dx[0], block, dy, whole(s), s.dim(0), s.dim(1), s.dim(2), s.dim(3));
        }
    }

    /** A whole image tensor (N, H, W, C) as a block of itself. */
    static Placement whole(Shape s) {
        return new Placement(s.dim(1), s.dim(2), s.dim(3), 0, 0, 0);
    }
}
