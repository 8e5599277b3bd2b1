package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.List;

/**
 * Layers one after another.
 *
 * @param name in summaries
 * @param layers first to last, at least one
 */
public record Sequential(String name, List<Layer> layers) implements Layer {
    public Sequential {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("[sequential] " + name + " needs at least one layer");
        }
    }

    /** Layers one after another. */
    public static Sequential of(String name, Layer... layers) {
        return new Sequential(name, List.of(layers));
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Tensor y = x;
        for (Layer layer : layers) {
            y = y == x ? layer.forward(y, pass) : layer.consume(y, pass);
        }
        return y;
    }

    @Override
    public Shape outputShape(Shape input) {
        Shape s = input;
        for (Layer layer : layers) {
            s = layer.outputShape(s);
        }
        return s;
    }

    @Override
    public List<Parameter> parameters() {
        return layers.stream().flatMap(l -> l.parameters().stream()).distinct().toList();
    }
}
