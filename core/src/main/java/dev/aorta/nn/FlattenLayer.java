package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.List;

/**
 * Lays each image out as one row: (N, ..) to (N, size of the rest).
 *
 * @param name in summaries
 */
public record FlattenLayer(String name) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.reshape(outputShape(x.shape()).dims());
    }

    @Override
    public Shape outputShape(Shape input) {
        return Shape.of(input.dim(0), input.size() / input.dim(0));
    }

    @Override
    public List<Parameter> parameters() {
        return List.of();
    }
}
