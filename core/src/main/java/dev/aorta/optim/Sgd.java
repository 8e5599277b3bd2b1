package dev.aorta.optim;

import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.backend.Backend;
import dev.aorta.backend.SgdStep;
import java.util.Collection;
import java.util.List;

/**
 * Stochastic gradient descent with momentum and Nesterov's variant, as PyTorch defines them: {@code v = momentum * v + g; w -=
 * rate * v}, or {@code w -= rate * (g + momentum * v)}; the decay adds {@code weightDecay * w} to g.
 *
 * @see <a href="https://pytorch.org/docs/stable/generated/torch.optim.SGD.html">PyTorch: SGD</a>
 */
public final class Sgd extends Optimizer {
    private final float momentum;
    private final boolean nesterov;
    private final float weightDecay;
    private final List<Parameter> velocity;

    /** Plain descent. */
    public Sgd(Collection<Parameter> parameters, Schedule schedule) {
        this(parameters, schedule, 0, false, 0);
    }

    /**
     * Descent with momentum.
     *
     * @param momentum from 0 to below 1
     * @param nesterov whether the gradient looks ahead; needs momentum
     * @param weightDecay not negative
     */
    public Sgd(
            Collection<Parameter> parameters,
            Schedule schedule,
            double momentum,
            boolean nesterov,
            double weightDecay) {
        super(parameters, schedule);
        if (!(momentum >= 0 && momentum < 1 && weightDecay >= 0) || (nesterov && momentum == 0)) {
            throw new IllegalArgumentException(
                    "[sgd] momentum must be from 0 to below 1 (above 0 for Nesterov) and weight"
                            + " decay not negative, got " + momentum + " and " + weightDecay);
        }
        this.momentum = (float) momentum;
        this.nesterov = nesterov;
        this.weightDecay = (float) weightDecay;
        velocity = momentum == 0 ? List.of() : zerosLike("sgd.velocity.");
    }

    @Override
    void update(Backend backend, int[] indices, Gradients gradients, float rate) {
        for (int i : indices) {
            backend.sgd(
                    parameter(i).buffer(),
                    velocity.isEmpty() ? null : velocity.get(i).buffer(),
                    gradients.of(parameter(i)).buffer(),
                    new SgdStep(rate, momentum, nesterov, weightDecay));
        }
    }

    @Override
    List<List<Parameter>> stateTensors() {
        return List.of(velocity);
    }
}
