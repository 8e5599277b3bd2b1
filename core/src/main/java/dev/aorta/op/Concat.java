package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConcatShape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tensors side by side along one axis. Inputs: one or more, of equal shapes but for that axis.
 *
 * @param outputShape shape of the result
 * @param shape geometry
 */
public record Concat(Shape outputShape, ConcatShape shape) implements Op {
    /**
     * The op for some shapes.
     *
     * @param axis from 0, or counted from the last, which is -1
     * @param parts shapes of the inputs
     * @return the op
     * @throws ShapeException when they do not agree on all other axes, or the result would be too large
     */
    public static Concat of(int axis, List<Shape> parts) {
        if (parts.isEmpty()) {
            throw new ShapeException("concat", "needs at least one tensor");
        }
        Shape first = parts.getFirst();
        int at = axis < 0 ? first.rank() + axis : axis;
        if (at < 0 || at >= first.rank()) {
            throw new ShapeException("concat", "there is no axis " + axis + " in " + first);
        }
        int[] extents = new int[parts.size()];
        long extent = 0;
        for (int i = 0; i < extents.length; i++) {
            Shape p = parts.get(i);
            if (p.rank() != first.rank() || !p.with(at, 1).equals(first.with(at, 1))) {
                throw new ShapeException("concat", "all must agree on all axes but axis " + axis + ", got " + parts);
            }
            extents[i] = p.dim(at);
            extent += extents[i];
        }
        if (extent > Integer.MAX_VALUE) {
            throw new ShapeException("concat", "axis " + axis + " would have " + extent + " elements, got " + parts);
        }
        int outer = 1;
        for (int i = 0; i < at; i++) {
            outer *= first.dim(i);
        }
        ConcatShape s = new ConcatShape(outer, extents, first.size() / outer / first.dim(at));
        return new Concat(first.with(at, (int) extent), s);
    }

    @Override
    public String name() {
        return "concat";
    }

    @Override
    public void forward(Call c) {
        c.backend().concat(c.out(), c.in(), shape);
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        c.backend().split(dx, dy, shape);
    }
}
