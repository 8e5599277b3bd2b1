package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.Unary;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation with the statistics of the batch, which also move the running ones. Inputs: x (.., C), gamma (C), beta
 * (C), running mean (C) and running variance (C); forward modifies the last two, and they have no gradient. A function of the result
 * may follow.
 *
 * @param outputShape shape of the result
 * @param shape geometry
 * @param momentum share of the batch in the running statistics
 * @param then the function, or null for none
 */
public record BatchNorm(
        Shape outputShape,
        NormShape shape,
        float momentum,
        @Nullable Unary then) implements Op {
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
        Buffer[] in = c.in();
        if (then == null) {
            GroupNorm.forward(c, shape);
        } else {
            c.backend().normThen(c.out(), c.saved()[0], c.saved()[1], in[0], in[1], in[2], then, shape);
        }
        c.backend().updateRunning(in[3], in[4], c.saved()[0], c.saved()[1], momentum, shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (then == null) {
            GroupNorm.backward(c, dy, dx, shape);
            return;
        }
        Buffer[] in = c.in();
        Buffer mean = c.saved()[0];
        Buffer invStd = c.saved()[1];
        c.backend().normThenGrad(dx[0], dx[1], dx[2], dy, c.out(), in[0], mean, invStd, in[1], in[2], then, shape);
    }
}
