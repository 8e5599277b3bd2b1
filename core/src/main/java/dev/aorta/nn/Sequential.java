package dev.aorta.nn;

import dev.aorta.Tensor;
import java.util.List;

/**
 * Layers one after another.
 *
 * @param name unique in a network
 * @param layers first to last, at least one; all inside have names of their own
 */
public record Sequential(String name, List<Layer> layers) implements Container {
    /** Checks the layers and copies their list. */
    public Sequential {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("[sequential] " + name + " needs at least one layer");
        }
        Container.requireUniqueNames(name, layers);
    }

    /**
     * Layers one after another.
     *
     * @param name of the container
     * @param layers each of which takes the output of the one before
     * @return the container
     */
    public static Sequential of(String name, Layer... layers) {
        return new Sequential(name, List.of(layers));
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        try (Temporaries temporaries = new Temporaries(pass)) {
            Tensor y = x;
            for (Layer layer : layers) {
                y = temporaries.only(layer.forward(y, pass));
            }
            return temporaries.result(y);
        }
    }
}
