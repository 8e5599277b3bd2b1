package dev.aorta.nn;

import dev.aorta.Activation;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.List;

/**
 * A pointwise non-linearity.
 *
 * @param name in summaries
 * @param function which one
 * @param slope of leaky ReLU
 */
public record ActivationLayer(String name, Activation function, float slope) implements Layer {
    /** ReLU. */
    public static ActivationLayer relu(String name) {
        return new ActivationLayer(name, Activation.RELU, 0);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return switch (function) {
            case RELU -> x.relu();
            case LEAKY_RELU -> x.leakyRelu(slope);
            case SIGMOID -> x.sigmoid();
            case TANH -> x.tanh();
        };
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
