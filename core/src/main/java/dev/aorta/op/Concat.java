package dev.aorta.op;

import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.Placement;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Images side by side along rows, columns or channels. Inputs: (N, H, W, C) each, equal but for that axis.
 *
 * @param parts where each input lies in the output
 * @param inputs shapes of the inputs
 */
public record Concat(Shape outputShape, List<Placement> parts, List<Shape> inputs) implements Op {
    @Override
    public String name() {
        return "concat";
    }

    @Override
    public void forward(Call c) {
        for (int i = 0; i < inputs.size(); i++) {
            Shape s = inputs.get(i);
            c.backend()
                    .copyBlock(c.out(), parts.get(i), c.in()[i], Crop.whole(s), s.dim(0), s.dim(1), s.dim(2), s.dim(3));
        }
    }

    @Override
    public void backward(Call c, Buffer dy, @Nullable Buffer[] dx) {
        for (int i = 0; i < inputs.size(); i++) {
            Shape s = inputs.get(i);
            if (dx[i] != null) {
                c.backend().copyBlock(dx[i], Crop.whole(s), dy, parts.get(i), s.dim(0), s.dim(1), s.dim(2), s.dim(3));
            }
        }
    }
}
