package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.List;

/**
 * Layer normalisation over the last axis of (.., C); the same in training and inference.
 *
 * @param name prefix of the parameters
 * @param gamma scale (C)
 * @param beta shift (C)
 * @param epsilon added to the variance
 */
public record LayerNormLayer(String name, Parameter gamma, Parameter beta, float epsilon) implements Layer {
    /**
     * The same with another number added to the variance.
     *
     * @param other above 0
     * @return the layer, with the same parameters
     */
    public LayerNormLayer withEpsilon(float other) {
        return new LayerNormLayer(name, gamma, beta, other);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.layerNorm(gamma, beta, epsilon);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(gamma, beta);
    }
}
