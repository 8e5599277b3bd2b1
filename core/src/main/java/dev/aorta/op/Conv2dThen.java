package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Unary;
import org.jspecify.annotations.Nullable;

/**
 * Convolution, something added and a function in one kernel, for inference; while gradients are recorded they are operations of their
 * own. Inputs: x (N, H, W, C), w (out, kH, kW, C / groups), with a bias b (out), and what is added, where there is something.
 *
 * @param shape geometry
 * @param bias whether there is one
 * @param added whether something is added
 * @param then a function of each element, or null for none
 */
public record Conv2dThen(
        ConvShape shape,
        boolean bias,
        boolean added,
        @Nullable Unary then) implements Op {
    @Override
    public String name() {
        return "conv2d";
    }

    @Override
    public Shape outputShape() {
        return shape.output();
    }

    @Override
    public boolean differentiable() {
        return false;
    }

    @Override
    public void forward(Call c) {
        Buffer[] in = c.in();
        c.backend()
                .conv2dThen(c.out(), in[0], in[1], bias ? in[2] : null, added ? in[in.length - 1] : null, then, shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        throw new UnsupportedOperationException("[conv2d] has no derivative with what follows it");
    }
}
