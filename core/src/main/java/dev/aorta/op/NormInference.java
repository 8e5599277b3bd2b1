package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation with given statistics, an affine map of each channel. Inputs: x (.., C), gamma (C), beta (C), mean (C)
 * and variance (C); the last two have no gradient.
 *
 * @param outputShape shape of the result
 * @param shape geometry
 */
public record NormInference(Shape outputShape, NormShape shape) implements Op {
    @Override
    public String name() {
        return "batchNorm";
    }

    @Override
    public void forward(Call c) {
        Buffer[] in = c.in();
        c.backend().normInference(c.out(), in[0], in[3], in[4], in[1], in[2], shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Backend b = c.backend();
        Buffer[] in = c.in();
        ReduceShape rows = new ReduceShape(1, shape.pixels(), shape.channels());
        try (Temporary constant = Temporary.of(b, shape.channels());
                Temporary zero = Temporary.of(b, shape.channels())) {
            b.fill(zero.buffer(), 0);
            if (dx[0] != null) {
                b.normInference(dx[0], dy, zero.buffer(), in[4], in[1], zero.buffer(), shape);
            }
            if (dx[1] != null) {
                b.fill(constant.buffer(), 1);
                try (Temporary normal = Temporary.of(b, shape.size())) {
                    Buffer h = normal.buffer();
                    b.normInference(h, in[0], in[3], in[4], constant.buffer(), zero.buffer(), shape);
                    b.binary(h, h, dy, Binary.MUL, Broadcast.same(outputShape));
                    b.reduce(dx[1], h, Reduction.SUM, rows);
                }
            }
        }
        if (dx[2] != null) {
            b.reduce(dx[2], dy, Reduction.SUM, rows);
        }
    }
}
