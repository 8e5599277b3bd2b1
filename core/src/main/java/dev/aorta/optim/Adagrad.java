package dev.aorta.optim;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.Collection;

/**
 * Adagrad: {@code s = s + g^2; w -= rate * g / (sqrt(s) + epsilon)}; the decay adds {@code weightDecay * w} to g.
 *
 * @see <a href="https://jmlr.org/papers/v12/duchi11a.html">Duchi, Hazan and Singer 2011</a>
 */
public final class Adagrad extends Optimizer {
    private float epsilon = 1e-10f;
    private final State sum = zeros("adagrad.sum");

    /**
     * Adagrad with PyTorch's epsilon 1e-10, without decay.
     *
     * @param parameters of the network
     * @param schedule of the learning rate
     */
    public Adagrad(Collection<Parameter> parameters, Schedule schedule) {
        super(parameters, schedule);
    }

    /**
     * What is added to the root of the sum.
     *
     * @param value above 0
     * @return this
     */
    public Adagrad epsilon(double value) {
        Constants.requireEpsilon("adagrad", value);
        epsilon = (float) value;
        return this;
    }

    @Override
    protected void update(Step step) {
        step.forEach((w, gradient) -> {
            Tensor g = step.decayed(w, gradient);
            Tensor s = sum.of(w);
            s.assign(s.add(g.square()));
            w.assign(w.sub(g.div(s.sqrt().add(epsilon)).mul(step.rate())));
        });
    }
}
