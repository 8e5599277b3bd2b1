package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Linear map of rows with bias: (.., in) to (.., out).
 *
 * @param name prefix of the parameters
 * @param weight (out, in)
 * @param bias (out), or null for none
 */
public record LinearLayer(
        String name, Parameter weight, @Nullable Parameter bias) implements Layer {
    /**
     * The same without a bias.
     *
     * @return the layer, with the same weight
     */
    public LinearLayer withoutBias() {
        return new LinearLayer(name, weight, null);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.linear(weight, bias);
    }

    @Override
    public List<Parameter> parameters() {
        return bias == null ? List.of(weight) : List.of(weight, bias);
    }
}
