package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import org.jspecify.annotations.Nullable;

/**
 * Convolution with bias and ReLU where asked; {@link ConvShape} has the formula. Inputs: x (N, H, W, C), w (out, kH, kW, C /
 * groups) and, with a bias, b (out).
 *
 * @param shape geometry
 * @param bias whether there is one
 * @param relu whether {@code max(., 0)} follows
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
        Masked masked = new Masked(dy, relu ? c.out() : null);
        c.backend().conv2dGrad(dx[0], dx[1], bias ? dx[2] : null, masked, c.in()[0], c.in()[1], shape);
    }
}
