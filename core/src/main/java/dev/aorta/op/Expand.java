package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.Strided;
import org.jspecify.annotations.Nullable;

/**
 * Repeats x along the axes where its extent is 1, or that it lacks in front. Input: x.
 *
 * @param input shape of the input
 * @param outputShape shape of the result
 */
public record Expand(Shape input, Shape outputShape) implements Op {
    @Override
    public String name() {
        return "expand";
    }

    @Override
    public void forward(Call c) {
        c.backend().copy(c.out(), c.in()[0], copy(input, outputShape));
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        if (dx[0] != null) {
            Reduce.sumTo(c.backend(), dx[0], input, dy, outputShape);
        }
    }

    /** The copy that repeats what is of the shape {@code from}. */
    static Strided copy(Shape from, Shape to) {
        int[] steps = new int[to.rank()];
        int[] own = Strided.contiguous(from.dims());
        int lacking = to.rank() - from.rank();
        for (int i = lacking; i < steps.length; i++) {
            steps[i] = from.dim(i - lacking) == 1 ? 0 : own[i - lacking];
        }
        return Strided.of(to.dims(), 0, Strided.contiguous(to.dims()), 0, steps);
    }
}
