package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A function of a tensor as a layer, the same in training and inference: activations, pooling, or one of your own.
 *
 * @param name unique in a network
 * @param function what it computes
 * @param parameters those that the function uses
 */
public record FunctionLayer(String name, UnaryOperator<Tensor> function, List<Parameter> parameters) implements Layer {
    /** Copies the list of parameters. */
    public FunctionLayer {
        parameters = List.copyOf(parameters);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return function.apply(x);
    }
}
