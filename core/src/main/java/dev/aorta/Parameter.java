package dev.aorta;

/**
 * A named tensor of a network that outlives its steps: a weight to be trained, or state such as a running mean that is saved
 * with the weights but has no gradient.
 */
public final class Parameter extends Tensor {
    private final String name;
    private final boolean trainable;

    /**
     * Makes a parameter.
     *
     * @param name for files and messages, for example {@code enc1.conv1.weight}
     * @param values initial values in row-major order
     * @param trainable whether it has a gradient
     * @throws ShapeException when there are not as many values as the shape holds
     */
    public Parameter(String name, Device device, Shape shape, float[] values, boolean trainable) {
        super(
                DryRun.insteadOf(device),
                shape,
                DryRun.insteadOf(device).backend().allocate(requireCount("parameter", shape, values)));
        this.name = name;
        this.trainable = trainable;
        set(values);
        if (trainable) {
            requireGradient();
        }
    }

    /** Name in files and messages. */
    public String name() {
        return name;
    }

    /** Whether it has a gradient; otherwise it is state. */
    public boolean trainable() {
        return trainable;
    }

    @Override
    String layer() {
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
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
