package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation with given statistics, an affine map of each channel. Inputs: x (.., C), gamma (C), beta (C), mean (C)
 * and variance (C); the last two have no gradient.
 */
public record BatchNormInference(Shape outputShape, float epsilon) implements Op {
    @Override
    public String name() {
        return "batchNorm";
    }

    @Override
    public void forward(Call c) {
        Buffer[] in = c.in();
        normalise(c, c.out(), in[0], in[3], in[1], in[2]);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Backend b = c.backend();
        int channels = outputShape.dim(-1);
        Buffer zero = b.allocate(channels);
        b.fill(zero, 0);
        if (dx[0] != null) {
            normalise(c, dx[0], dy, zero, c.in()[1], zero);
        }
        if (dx[1] != null) {
            Buffer one = b.allocate(channels);
            Buffer normal = b.allocate(outputShape.size());
            b.fill(one, 1);
            normalise(c, normal, c.in()[0], c.in()[3], one, zero);
            b.mul(normal, normal, dy);
            b.biasGrad(dx[1], normal, null, outputShape.rows(), channels);
            b.release(normal);
            b.release(one);
        }
        if (dx[2] != null) {
            b.biasGrad(dx[2], dy, null, outputShape.rows(), channels);
        }
        b.release(zero);
    }

    private void normalise(Call c, Buffer y, Buffer x, Buffer mean, Buffer gamma, Buffer beta) {
        c.backend()
                .batchNormInference(
                        y, x, mean, c.in()[4], gamma, beta, outputShape.rows(), outputShape.dim(-1), epsilon);
    }
}
