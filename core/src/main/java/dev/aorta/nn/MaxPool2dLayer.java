package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Pool2dOptions;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.PoolShape;
import java.util.List;

/**
 * Maximum of each window of (N, H, W, C).
 *
 * @param name in summaries
 * @param options window, stride, padding
 */
public record MaxPool2dLayer(String name, Pool2dOptions options) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.maxPool2d(options);
    }

    @Override
    public Shape outputShape(Shape input) {
        return PoolShape.of("maxPool2d", input, options).output();
    }

    @Override
    public List<Parameter> parameters() {
        return List.of();
    }
}
