package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.NormShape;
import org.jspecify.annotations.Nullable;

/**
 * Group normalisation. Inputs: x (N, .., C), gamma (C), beta (C).
 *
 * @param outputShape shape of the result
 * @param shape geometry
 */
public record GroupNorm(Shape outputShape, NormShape shape) implements Op {
    @Override
    public String name() {
        return "groupNorm";
    }

    @Override
    public int[] savedSizes(boolean recording) {
        return new int[] {shape.statistics(), shape.statistics()};
    }

    @Override
    public void forward(Call c) {
        forward(c, shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        backward(c, dy, dx, shape);
    }

    static void forward(Call c, NormShape s) {
        Buffer[] in = c.in();
        c.backend().norm(c.out(), c.saved()[0], c.saved()[1], in[0], in[1], in[2], s);
    }

    static void backward(Call c, Buffer dy, @Nullable Buffer[] dx, NormShape s) {
        Buffer[] in = c.in();
        c.backend().normGrad(dx[0], dx[1], dx[2], dy, in[0], c.saved()[0], c.saved()[1], in[1], s);
    }
}
