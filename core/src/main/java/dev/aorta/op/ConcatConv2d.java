package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of an image in parts that lie side by side along channels, with bias and, where asked, ReLU: {@link Concat} and
 * {@link Conv2d} in one, on backends that {@link dev.aorta.backend.Backend#takesParts take parts}. Inputs: {@code parts} images
 * (N, H, W, C_i), w (out, kH, kW, sum of C_i) and b (out).
 */
public record ConcatConv2d(ConvShape shape, int parts, boolean relu) implements Op {
    @Override
    public String name() {
        return "concatConv2d";
    }

    @Override
    public Shape outputShape() {
        return shape.output();
    }

    @Override
    public void forward(Call c) {
        c.backend().conv2d(c.out(), x(c), c.in()[parts], c.in()[parts + 1], relu, shape);
    }

    /** The parts need a gradient all or none. */
    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        Buffer mask = relu ? c.out() : null;
        if (dx[0] != null) {
            c.backend().conv2dGradInput(Arrays.copyOf(dx, parts), dy, mask, c.in()[parts], shape);
        }
        Buffer dw = dx[parts];
        Buffer db = dx[parts + 1];
        if (dw != null) {
            c.backend().conv2dGradParameters(dw, db, dy, mask, x(c), shape);
        } else if (db != null) {
            c.backend().biasGrad(db, dy, mask, shape.output().rows(), shape.outC());
        }
    }

    private Buffer[] x(Call c) {
        return Arrays.copyOf(c.in(), parts);
    }
}
