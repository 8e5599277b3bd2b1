package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import java.util.List;

/**
 * A pointwise non-linearity.
 *
 * @param name in summaries
 * @param function which one
 */
public record ActivationLayer(String name, Unary function) implements Layer {
    /** ReLU. */
    public static ActivationLayer relu(String name) {
        return new ActivationLayer(name, Unary.RELU);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.map(function);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of();
    }
}
