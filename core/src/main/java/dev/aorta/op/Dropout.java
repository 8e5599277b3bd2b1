package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Inverted dropout, a function of seed and position. Input: x, any shape.
 *
 * @param outputShape shape of the result
 * @param rate share of the elements that become 0
 * @param seed of what is dropped
 */
public record Dropout(Shape outputShape, float rate, long seed) implements Op {
    @Override
    public String name() {
        return "dropout";
    }

    @Override
    public void forward(Call c) {
        c.backend().dropout(c.out(), c.in()[0], rate, seed);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            c.backend().dropout(dx[0], dy, rate, seed);
        }
    }
}
