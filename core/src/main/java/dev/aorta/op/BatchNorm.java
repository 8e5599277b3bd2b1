package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.NormShape;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation with the statistics of the batch, which also move the running ones. Inputs: x (.., C), gamma (C), beta
 * (C), running mean (C) and running variance (C); forward modifies the last two, and they have no gradient.
 *
 * @param outputShape shape of the result
 * @param shape geometry
 * @param momentum share of the batch in the running statistics
 */
public record BatchNorm(Shape outputShape, NormShape shape, float momentum) implements Op {
    @Override
    public String name() {
        return "batchNorm";
    }

    @Override
    public int[] savedSizes(boolean recording) {
        return new int[] {shape.statistics(), shape.statistics()};
    }

    @Override
    public void forward(Call c) {
        GroupNorm.forward(c, shape);
        c.backend().updateRunning(c.in()[3], c.in()[4], c.saved()[0], c.saved()[1], momentum, shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        GroupNorm.backward(c, dy, dx, shape);
    }
}
