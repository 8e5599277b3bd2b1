package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.List;

/**
 * A vector for each index: whole numbers (..) from 0 to {@code count - 1} to (.., width).
 *
 * @param name prefix of the parameter
 * @param weight (count, width)
 */
public record EmbeddingLayer(String name, Parameter weight) implements Layer {
    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return weight.gather(0, x);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(weight);
    }
}
