package dev.aorta.optim;

import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Exponential moving average of parameters, running statistics included, which often scores better than the parameters
 * themselves: after each step {@code a = decay * a + (1 - decay) * w}. It begins with the values that they have.
 *
 * <pre>{@code
 * adam.step(gradients);
 * average.update();
 * ...
 * try (WeightAverage.Swap swapped = average.swap()) {
 *     evaluate(network); // with the averages
 * }
 * }</pre>
 */
public final class WeightAverage {
    private final List<Parameter> parameters;
    private final List<Parameter> averages = new ArrayList<>();
    private final float decay;
    private boolean swapped;

    /** The time in which parameters and averages have changed places. */
    @FunctionalInterface
    public interface Swap extends AutoCloseable {
        /** Changes them back. */
        @Override
        void close();
    }

    /**
     * Makes averages that live as long as the current scope.
     *
     * @param parameters of the network
     * @param decay from 0 to below 1; 0.999 is usual
     */
    public WeightAverage(Collection<Parameter> parameters, double decay) {
        Constants.requireFraction("average", "decay", decay);
        this.parameters = Parameter.distinct("average", parameters);
        this.decay = (float) decay;
        for (Parameter p : this.parameters) {
            averages.add(new Parameter("average." + p.name(), p.device(), p.shape(), p.toArray(), false));
        }
    }

    /**
     * Takes the parameters as they are now into the averages.
     *
     * @throws IllegalStateException while they are swapped
     */
    public void update() {
        requirePlaces(false);
        for (int i = 0; i < averages.size(); i++) {
            Parameter w = parameters.get(i);
            w.device().backend().axpby(averages.get(i).buffer(), decay, w.buffer(), 1 - decay);
        }
    }

    /**
     * Gives the network the averages until the result is closed.
     *
     * @return gives the network its own weights back when it is closed
     * @throws IllegalStateException while they are swapped
     */
    public Swap swap() {
        requirePlaces(false);
        exchange();
        return () -> {
            requirePlaces(true);
            exchange();
        };
    }

    /** {@return the averages by name, to be saved and set; the tensors themselves, not copies} */
    public Map<String, Parameter> state() {
        Map<String, Parameter> all = new TreeMap<>();
        averages.forEach(p -> all.put(p.name(), p));
        return all;
    }

    private void exchange() {
        for (int i = 0; i < averages.size(); i++) {
            try (Scope scope = Scope.noGrad()) {
                Tensor w = parameters.get(i).detach();
                parameters.get(i).assign(averages.get(i));
                averages.get(i).assign(w);
            }
        }
        swapped = !swapped;
    }

    private void requirePlaces(boolean exchanged) {
        if (swapped != exchanged) {
            throw new IllegalStateException("[average] the parameters and their averages are "
                    + (swapped ? "swapped: close the result of swap() first" : "in their places already"));
        }
    }
}
