package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import org.jspecify.annotations.Nullable;

/**
 * Transposed convolution: the input gradient of the convolution {@code shape}, run forward; so its own gradients are that
 * convolution and its weight gradient. Inputs: x (N, h, w, in), w (in, kH, kW, out / groups) and, with a bias, b (out).
 *
 * @param shape geometry of the convolution that this one transposes: its output is x, its input the output of this op
 * @param bias whether there is one
 */
public record ConvTranspose2d(ConvShape shape, boolean bias) implements Op {
    @Override
    public String name() {
        return "convTranspose2d";
    }

    @Override
    public Shape outputShape() {
        return shape.input();
    }

    @Override
    public void forward(Call c) {
        c.backend().convTranspose2d(c.out(), c.in()[0], c.in()[1], bias ? c.in()[2] : null, shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().conv2d(dx[0], dy, c.in()[1], null, false, shape);
        }
        if (dx[1] != null) {
            c.backend().conv2dGrad(null, dx[1], null, new Masked(c.in()[0], null), dy, c.in()[1], shape);
        }
        if (bias && dx[2] != null) {
            ReduceShape rows = new ReduceShape(1, shape.input().rows(), shape.inC());
            c.backend().reduce(dx[2], dy, Reduction.SUM, rows);
        }
    }
}
