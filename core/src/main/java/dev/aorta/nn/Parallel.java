package dev.aorta.nn;

import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Layers side by side, all of which get the same input.
 *
 * @param name unique in a network
 * @param join how their outputs become one
 * @param layers at least one; all inside have names of their own
 */
public record Parallel(String name, Join join, List<Layer> layers) implements Container {
    /** What becomes of the outputs of several layers. */
    public enum Join {
        /** Side by side along the last axis, the channels. */
        CONCAT,
        /** Their sum; all must have one shape. */
        SUM,
        /** Their product, element by element; the shapes are broadcast, so that a gate has one number for a whole channel. */
        PRODUCT
    }

    /** Checks the layers and copies their list. */
    public Parallel {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("[parallel] " + name + " needs at least one layer");
        }
        Container.requireUniqueNames(name, layers);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        try (Temporaries temporaries = new Temporaries(pass)) {
            Tensor[] parts = new Tensor[layers.size()];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = layers.get(i).forward(x, pass);
            }
            return temporaries.result(
                    switch (join) {
                        case CONCAT -> Tensor.concat(-1, parts);
                        case SUM -> sum(parts);
                        case PRODUCT -> Arrays.stream(parts).reduce(Tensor::mul).orElseThrow();
                    });
        }
    }

    private Tensor sum(Tensor[] parts) {
        Tensor total = parts[0];
        for (Tensor part : Arrays.asList(parts).subList(1, parts.length)) {
            if (!part.shape().equals(total.shape())) {
                throw new ShapeException(
                        "parallel",
                        name + ": what is added must have one shape, got "
                                + Arrays.stream(parts).map(Tensor::shape).toList()
                                + "; a residual whose body changes the shape needs a shortcut, such as a 1x1 convolution");
            }
            total = total.add(part);
        }
        return total;
    }
}
