package dev.aorta.nn;

import dev.aorta.Parameter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A layer made of layers. */
interface Container extends Layer {
    /** The layers, in the order of their parameters. */
    List<Layer> layers();

    @Override
    default List<Parameter> parameters() {
        return layers().stream()
                .flatMap(l -> l.parameters().stream())
                .distinct()
                .toList();
    }

    /**
     * Requires that each of these layers and of those inside them, and each parameter, has a name of its own; one layer may be used
     * twice.
     *
     * @param network named in errors
     * @throws IllegalArgumentException naming two layers of one name, or with parameters of one name
     */
    static void requireUniqueNames(String network, List<? extends Layer> layers) {
        Map<String, Layer> named = new HashMap<>();
        Map<String, Map.Entry<Parameter, Layer>> owners = new HashMap<>();
        for (Layer layer : inside(layers).toList()) {
            Layer other = named.putIfAbsent(layer.name(), layer);
            if (other != null && other != layer) {
                throw new IllegalArgumentException(
                        "[" + network + "] two layers have one name: " + described(other) + " and " + described(layer)
                                + "; dropout and initial weights are drawn by name, so give each its own (Layers does)");
            }
            List<Parameter> own = layer instanceof Container ? List.of() : layer.parameters();
            for (Parameter p : own) {
                var owner = owners.putIfAbsent(p.name(), Map.entry(p, layer));
                if (owner != null && owner.getKey() != p) {
                    throw new IllegalArgumentException("[" + network + "] two parameters have one name: " + p + " of "
                            + described(layer) + " and " + owner.getKey() + " of " + described(owner.getValue()));
                }
            }
        }
    }

    private static Stream<Layer> inside(List<? extends Layer> layers) {
        return layers.stream()
                .flatMap(
                        l -> l instanceof Container c ? Stream.concat(Stream.of(l), inside(c.layers())) : Stream.of(l));
    }

    private static String described(Layer layer) {
        return layer.getClass().getSimpleName() + " " + layer.name();
    }
}
