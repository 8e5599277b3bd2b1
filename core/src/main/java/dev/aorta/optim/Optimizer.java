package dev.aorta.optim;

import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Changes trainable parameters against their gradients. A parameter that is frozen or has no gradient in a step stays as it is.
 * The state has the lifetime of the scope in which the optimiser was made.
 *
 * <p>One of your own asks for its state in its constructor and says in {@link #update} what a step is:
 *
 * <pre>{@code
 * final class HeavyBall extends Optimizer {
 *     private final State velocity = zeros("heavyball.velocity");
 *
 *     HeavyBall(Collection<Parameter> parameters, Schedule schedule) {
 *         super(parameters, schedule);
 *     }
 *
 *     protected void update(Step step) {
 *         step.forEach((w, g) -> {
 *             Tensor v = velocity.of(w);
 *             v.assign(v.mul(0.9f).add(g));
 *             w.assign(w.sub(v.mul(step.rate())));
 *         });
 *     }
 * }
 * }</pre>
 *
 * <p>Its state is saved under the given name and that of the parameter, {@code heavyball.velocity.conv1.weight}, and is set from
 * a file through {@link #state()}; with the number of steps, {@link #resumeAt}, a training goes on as if it had not been
 * interrupted.
 */
public abstract class Optimizer {
    private final List<Parameter> parameters;
    private final Setting[] settings; // of each parameter
    private final Schedule schedule;
    private final Map<String, Parameter> state = new TreeMap<>();
    private final Watch watch;
    private Setting common = new Setting(1, 0); // of all that no group changes
    private long steps;

    private record Setting(double rateFactor, double weightDecay) {
        Setting {
            if (!(rateFactor >= 0 && weightDecay >= 0)) {
                throw new IllegalArgumentException(
                        "[optimizer] the factor of the rate and the weight decay must not be negative, got "
                                + rateFactor + " and " + weightDecay);
            }
        }
    }

    /**
     * What {@link #update} is to do: to change the parameters of one group.
     *
     * @param parameters trainable and with a gradient, at least one
     * @param gradients of the loss; must not be modified
     * @param rate learning rate of the group
     * @param weightDecay of the group
     * @param number of this step, counted from 1
     */
    protected record Step(List<Parameter> parameters, Gradients gradients, float rate, float weightDecay, long number) {
        /**
         * Calls an action with each parameter and its gradient, without recording; what it makes is given back.
         *
         * @param action called once for each
         */
        public void forEach(BiConsumer<Parameter, Tensor> action) {
            for (Parameter w : parameters) {
                try (Scope scope = Scope.noGrad()) {
                    action.accept(w, gradients.of(w));
                }
            }
        }

        /**
         * {@code g + weightDecay * w}: the gradient with the penalty of large weights.
         *
         * @param w parameter of this group
         * @param g its gradient, left as it is
         * @return a new tensor of the same shape, or g itself without decay
         */
        public Tensor decayed(Parameter w, Tensor g) {
            return weightDecay == 0 ? g : g.add(w.mul(weightDecay));
        }
    }

    /** A tensor beside each parameter, of its shape. */
    protected static final class State {
        private final Map<Parameter, Parameter> tensors = new HashMap<>();

        private State() {}

        /**
         * The tensor of one parameter.
         *
         * @param parameter of this group
         * @return its part of this state
         */
        public Parameter of(Parameter parameter) {
            return Objects.requireNonNull(tensors.get(parameter));
        }
    }

    /**
     * Makes an optimiser.
     *
     * @param parameters of which those that are state are left out
     * @param schedule of the learning rate
     * @throws IllegalArgumentException when there is none that is not state, or two have one name, under which the state of one
     *     would be lost
     */
    protected Optimizer(Collection<Parameter> parameters, Schedule schedule) {
        this.parameters = Parameter.distinct("optimizer", parameters).stream()
                .filter(p -> !p.state())
                .toList();
        if (this.parameters.isEmpty()) {
            throw new IllegalArgumentException(
                    "[optimizer] there is nothing to train: the collection holds no weight; give it"
                            + " network.parameters(), and let a layer of your own list its parameters there");
        }
        this.schedule =
                Objects.requireNonNull(schedule, "[optimizer] the schedule is null: take Schedule.constant(rate)");
        watch = new Watch(this.parameters);
        settings = new Setting[this.parameters.size()];
        Arrays.fill(settings, common);
    }

    /**
     * Weight decay of all parameters that no {@link #group} changes; 0 without this.
     *
     * @param decay not negative
     * @return this
     */
    public final Optimizer weightDecay(double decay) {
        Setting setting = new Setting(1, decay);
        Arrays.setAll(settings, i -> settings[i] == common ? setting : settings[i]);
        common = setting;
        return this;
    }

    /**
     * Gives some parameters a learning rate and a weight decay of their own; of several groups with one parameter the last counts.
     *
     * <pre>{@code
     * new Adam(network.parameters(), schedule)
     *         .weightDecay(0.01)
     *         .group(p -> p.shape().rank() == 1, 1, 0); // no decay of biases and scales
     * }</pre>
     *
     * @param which true for the parameters of the group
     * @param rateFactor by which the rate of the schedule is multiplied, not negative
     * @param weightDecay not negative
     * @return this
     * @throws IllegalArgumentException when none of the parameters is meant
     */
    public final Optimizer group(Predicate<Parameter> which, double rateFactor, double weightDecay) {
        Setting setting = new Setting(rateFactor, weightDecay);
        int found = 0;
        for (int i = 0; i < settings.length; i++) {
            if (which.test(parameters.get(i))) {
                settings[i] = setting;
                found++;
            }
        }
        if (found == 0) {
            throw new IllegalArgumentException(
                    "[optimizer] a group holds none of the " + settings.length + " parameters");
        }
        return this;
    }

    /**
     * One step.
     *
     * @param gradients of the loss; not modified
     * @throws IllegalArgumentException when parameters are trainable and none of them has a gradient here
     */
    public final void step(Gradients gradients) {
        Map<Setting, List<Parameter>> groups = new LinkedHashMap<>();
        for (int i = 0; i < settings.length; i++) {
            Parameter p = parameters.get(i);
            if (p.trainable() && gradients.has(p)) {
                groups.computeIfAbsent(settings[i], s -> new ArrayList<>()).add(p);
            }
        }
        if (groups.isEmpty() && parameters.stream().anyMatch(Parameter::trainable)) {
            throw new IllegalArgumentException("[optimizer] none of its " + parameters.size() + " parameters, from "
                    + parameters.getFirst() + " on, has a gradient here: these are the gradients of "
                    + gradients.leaves().size() + " other tensors, so the loss was computed from another network");
        }
        double rate = schedule.rate(steps);
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("[optimizer] the learning rate of step " + steps + " is " + rate
                    + ", and must be a number that is not negative");
        }
        watch.step(gradients, steps);
        steps++;
        groups.forEach((setting, some) -> update(
                new Step(some, gradients, (float) (rate * setting.rateFactor), (float) setting.weightDecay, steps)));
    }

    /**
     * Changes the parameters of one group, all of one device.
     *
     * @param step the group, its gradients and its rate
     */
    protected abstract void update(Step step);

    /**
     * Makes a part of the state: zeros beside each parameter.
     *
     * @param kind by which it is saved, followed by a dot and the name of the parameter
     * @return the part
     * @throws IllegalArgumentException when there is such a part
     */
    protected final State zeros(String kind) {
        State zeros = new State();
        for (Parameter p : parameters) {
            float[] values = new float[p.shape().size()];
            Parameter zero = new Parameter(kind + "." + p.name(), p.device(), p.shape(), values, false);
            if (state.putIfAbsent(zero.name(), zero) != null) {
                throw new IllegalArgumentException("[optimizer] there is already a state " + zero.name());
            }
            zeros.tensors.put(p, zero);
        }
        return zeros;
    }

    /** {@return the number of steps taken} */
    public final long steps() {
        return steps;
    }

    /** {@return the learning rate of the next step} */
    public final double rate() {
        return schedule.rate(steps);
    }

    /** {@return what must be saved beside the parameters to go on exactly here, by name; the tensors themselves, not copies} */
    public final Map<String, Parameter> state() {
        return new TreeMap<>(state);
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
}
