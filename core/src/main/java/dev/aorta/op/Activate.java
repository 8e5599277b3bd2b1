package dev.aorta.op;

import dev.aorta.Activation;
import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Pointwise {@code y = f(x)}. Input: x, any shape. */
public record Activate(Shape outputShape, Activation function, float slope) implements Op {
    @Override
    public String name() {
        return function.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void forward(Call c) {
        c.backend().activation(c.out(), c.in()[0], function, slope);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().activationGrad(dx[0], dy, c.out(), function, slope);
        }
    }
}
