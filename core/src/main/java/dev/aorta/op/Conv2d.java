package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import org.jspecify.annotations.Nullable;

/**
 * Convolution with bias and ReLU where asked; {@link ConvShape} has the formula. Inputs: x (N, H, W, C), w (out, kH, kW, C /
 * groups) and, with a bias, b (out).
 */
public record Conv2d(ConvShape shape, boolean bias, boolean relu) implements Op {
    @Override
    public String name() {
        return "conv2d";
    }

    @Override
    public Shape outputShape() {
        return shape.output();
    }

    @Override
    public void forward(Call c) {
        c.backend().conv2d(c.out(), c.in()[0], c.in()[1], bias ? c.in()[2] : null, relu, shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Buffer mask = relu ? c.out() : null;
        if (dx[0] != null) {
            c.backend().conv2dGradInput(dx[0], dy, mask, c.in()[1], null, shape);
        }
        Buffer db = bias ? dx[2] : null;
        if (dx[1] != null && db != null) {
            c.backend().conv2dGradParameters(dx[1], db, dy, mask, c.in()[0], shape);
        } else if (dx[1] != null) {
            c.backend().conv2dGradWeight(dx[1], dy, mask, c.in()[0], shape);
        } else if (db != null) {
            c.backend().biasGrad(db, dy, mask, shape.output().rows(), shape.outC());
        }
    }
}
