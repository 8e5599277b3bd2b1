package dev.aorta.optim;

import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Tensor;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Changes trainable parameters against their gradients. A parameter that is frozen or has no gradient in a step stays as it is.
 * The state has the lifetime of the scope in which the optimiser was made.
 */
public abstract class Optimizer {
    private final List<Parameter> parameters;
    private final Schedule schedule;
    private long steps;

    Optimizer(Collection<Parameter> parameters, Schedule schedule) {
        this.parameters = parameters.stream().filter(p -> !p.state()).distinct().toList();
        this.schedule = schedule;
    }

    /**
     * One step.
     *
     * @param gradients of the loss; not modified
     * @throws IllegalArgumentException when parameters are trainable and none of them has a gradient here
     */
    public final void step(Gradients gradients) {
        int[] found = IntStream.range(0, parameters.size())
                .filter(i -> parameters.get(i).trainable() && gradients.has(parameters.get(i)))
                .toArray();
        if (found.length == 0 && parameters.stream().anyMatch(Parameter::trainable)) {
            throw new IllegalArgumentException("[optimizer] none of its " + parameters.size() + " parameters, from "
                    + parameters.getFirst() + " on, has a gradient here: these are the gradients of "
                    + gradients.leaves().size() + " other tensors, so the loss was computed from another network");
        }
        float rate = (float) schedule.rate(steps);
        steps++;
        if (found.length > 0) {
            update(parameters.get(found[0]).device().backend(), found, gradients, rate);
        }
    }

    /** Steps taken. */
    public final long steps() {
        return steps;
    }

    /** Learning rate of the next step. */
    public final double rate() {
        return schedule.rate(steps);
    }

    /**
     * What must be saved beside the parameters to go on exactly here, by name; the tensors themselves, not copies.
     *
     * @throws IllegalStateException when two parameters have one name, under which one state would be lost
     */
    public final Map<String, Parameter> state() {
        Map<String, Parameter> all = new TreeMap<>();
        for (List<Parameter> kind : stateTensors()) {
            for (Parameter p : kind) {
                if (all.put(p.name(), p) != null) {
                    throw new IllegalStateException(
                            "[optimizer] two parameters have the state " + p.name() + ": give each its own name");
                }
            }
        }
        return all;
    }

    /**
     * Continues from a saved state, whose tensors were set through {@link #state()}.
     *
     * @param taken steps that the state has behind it, not negative
     */
    public final void resumeAt(long taken) {
        if (taken < 0) {
            throw new IllegalArgumentException("[optimizer] steps taken must not be negative, got " + taken);
        }
        steps = taken;
    }

    /** Changes the parameters of these indices, which have a gradient; gradients are all of one device. */
    abstract void update(Backend backend, int[] indices, Gradients gradients, float rate);

    final Parameter parameter(int index) {
        return parameters.get(index);
    }

    /** The buffers of some of these tensors, in the order of the indices. */
    static Buffer[] buffers(int[] indices, IntFunction<? extends Tensor> tensors) {
        return Arrays.stream(indices).mapToObj(i -> tensors.apply(i).buffer()).toArray(Buffer[]::new);
    }

    abstract List<List<Parameter>> stateTensors();

    final List<Parameter> zerosLike(String prefix) {
        List<Parameter> zeros = new ArrayList<>();
        for (Parameter p : parameters) {
            zeros.add(new Parameter(
                    prefix + p.name(),
                    p.device(),
                    p.shape(),
                    new float[p.shape().size()],
                    false));
        }
        return zeros;
    }
}
