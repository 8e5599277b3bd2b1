package dev.aorta.explain;

import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What the layers of a network gave in one recorded run, by name, with their gradients after a backward pass.
 *
 * <pre>{@code
 * try (Scope scope = Scope.open()) {
 *     Tensor output = network.forward(image.requireGradient(), Pass.INFERENCE);
 *     Tensor bottom = Activations.of(scope).get("bottom.conv2");
 *     Gradients gradients = target.scores(output).sum().backward();
 *     float[] values = bottom.toArray();
 *     float[] gradient = gradients.of(bottom).toArray();
 * }
 * }</pre>
 *
 * <p>A layer with parameters has its own name, {@code enc1.conv1}; an operation without any has that of the last layer before it and
 * its own, {@code enc1.norm1.relu}. What runs again under one name gets a number, {@code enc1.norm1.relu#2}. Only what leads from the
 * input that asked for a gradient, or from trained parameters, is recorded and so known.
 */
public final class Activations {
    private final SequencedMap<String, Tensor> named;

    private Activations(SequencedMap<String, Tensor> named) {
        this.named = named;
    }

    /**
     * Names what was recorded.
     *
     * @param scope in which a network ran; of {@link Scope#open()}
     * @return the activations
     */
    public static Activations of(Scope scope) {
        SequencedMap<String, Tensor> named = new LinkedHashMap<>();
        Map<Tensor, String> weights = new IdentityHashMap<>(); // made of parameters alone, such as a transposed one
        Map<String, Integer> uses = new HashMap<>();
        String last = "input";
        for (Scope.Traced ran : scope.trace()) {
            String layer = null;
            boolean weight = true;
            for (Scope.Operand operand : ran.inputs()) {
                String own = layer(operand.tensor(), weights);
                layer = layer == null ? own : layer;
                weight &= own != null;
            }
            if (weight && layer != null) {
                weights.put(ran.output(), layer);
                continue;
            }
            String name = layer != null ? layer : last + "." + ran.op().name();
            last = layer != null ? layer : last;
            int use = uses.merge(name, 1, Integer::sum);
            named.put(use == 1 ? name : name + "#" + use, ran.output());
        }
        return new Activations(named);
    }

    private static @Nullable String layer(Tensor operand, Map<Tensor, String> weights) {
        if (!(operand instanceof Parameter parameter)) {
            return weights.get(operand);
        }
        String name = parameter.name();
        return name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
    }

    /** {@return the names, in the order in which the layers ran} */
    public List<String> names() {
        return List.copyOf(named.sequencedKeySet());
    }

    /**
     * The activation of a layer, which keeps its values and its gradient through the backward pass that is to come.
     *
     * @param name one of {@link #names()}
     * @return the result of the layer itself, not a copy
     * @throws IllegalArgumentException when nothing has that name
     */
    public Tensor get(String name) {
        Tensor activation = named.get(name);
        if (activation == null) {
            throw new IllegalArgumentException("[activations] nothing is called '" + name + "'; there are " + names());
        }
        return activation.keep().keepGradient();
    }

    /**
     * The last of the activations (N, H, W, C) with the fewest pixels, but more than one: the bottom of a U-Net, or what a classifier
     * averages over.
     *
     * @return its name
     * @throws IllegalArgumentException when there is none
     */
    public String deepest() {
        String deepest = null;
        long fewest = Long.MAX_VALUE;
        for (Map.Entry<String, Tensor> entry : named.entrySet()) {
            int[] dims = entry.getValue().shape().dims();
            long pixels = dims.length == 4 ? (long) dims[1] * dims[2] : 0;
            if (pixels > 1 && pixels <= fewest) {
                fewest = pixels;
                deepest = entry.getKey();
            }
        }
        if (deepest == null) {
            throw new IllegalArgumentException("[activations] none of " + names() + " is an image (N, H, W, C)");
        }
        return deepest;
    }
}
