package dev.aorta;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A named tensor of a network that outlives its steps: a weight to be trained, or state such as a running mean that is saved
 * with the weights but has no gradient.
 */
public final class Parameter extends Tensor {
    private final String name;
    private final String layer;
    private final boolean state;

    /**
     * Makes a parameter.
     *
     * @param name for files and messages, for example {@code enc1.conv1.weight}
     * @param device where it is
     * @param shape of the values
     * @param values initial values in row-major order
     * @param trainable whether it is a weight, which has a gradient unless it is frozen; otherwise it is state
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public Parameter(String name, Device device, Shape shape, float[] values, boolean trainable) {
        super(
                DryRun.insteadOf(device),
                shape,
                DryRun.insteadOf(device).backend().allocate(Checks.count("parameter", shape, values)));
        this.name = name;
        layer = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
        state = !trainable;
        set(values);
        unfreeze();
    }

    /** {@return the name in files and messages} */
    public String name() {
        return name;
    }

    /** {@return whether it has a gradient: a weight that is not frozen} */
    public boolean trainable() {
        return hasGradient();
    }

    /** {@return whether it is state, such as a running mean, which is saved but never trained} */
    public boolean state() {
        return state;
    }

    /**
     * Takes the gradient from a weight: from the next forward pass on, optimisers leave it as it is, whether they were made
     * before or after. What it is computed from keeps its gradient. To freeze a layer, {@code
     * layer.parameters().forEach(Parameter::freeze)}.
     */
    public void freeze() {
        wantGradient(false);
    }

    /** Gives a weight its gradient back; state stays state. An optimiser that was made in the meantime trains it too. */
    public void unfreeze() {
        wantGradient(!state);
    }

    /**
     * Each parameter once, in their order.
     *
     * @param place that needs them, for the error
     * @param parameters in which one may come several times
     * @return a new list
     * @throws IllegalArgumentException when two parameters have one name, under which one would be lost in a file
     */
    public static List<Parameter> distinct(String place, Collection<Parameter> parameters) {
        List<Parameter> all = parameters.stream().distinct().toList();
        Map<String, Parameter> named = new HashMap<>();
        for (Parameter p : all) {
            Parameter other = named.putIfAbsent(p.name, p);
            if (other != null) {
                throw new IllegalArgumentException("[" + place + "] two parameters have one name, " + other + " and "
                        + p + ": give each layer its own, as nn.Layers does");
            }
        }
        return all;
    }

    @Override
    String layer() {
        return layer;
    }

    @Override
    String describe() {
        return name + " " + shape();
    }

    /** Name and shape, for example {@code enc1.conv1.weight [16, 3, 3, 1]}; {@code detach().toString()} has the values. */
    @Override
    public String toString() {
        return describe();
    }
}
