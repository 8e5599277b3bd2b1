package dev.aorta.optim;

import dev.aorta.Parameter;
import dev.aorta.backend.SgdStep;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Stochastic gradient descent with momentum and Nesterov's variant, as PyTorch defines them: {@code v = momentum * v + g; w -=
 * rate * v}, or {@code w -= rate * (g + momentum * v)}; the decay adds {@code weightDecay * w} to g.
 *
 * @see <a href="https://pytorch.org/docs/stable/generated/torch.optim.SGD.html">PyTorch: SGD</a>
 */
public final class Sgd extends Optimizer {
    private final float momentum;
    private final boolean nesterov;
    private final @Nullable State velocity;

    /**
     * Plain descent.
     *
     * @param parameters of the network
     * @param schedule of the learning rate
     */
    public Sgd(Collection<Parameter> parameters, Schedule schedule) {
        this(parameters, schedule, 0, false, 0);
    }

    /**
     * Descent with momentum.
     *
     * @param parameters of the network
     * @param schedule of the learning rate
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
        super(parameters, schedule, weightDecay);
        Constants.requireFraction("sgd", "momentum", momentum);
        if (nesterov && momentum == 0) {
            throw new IllegalArgumentException("[sgd] Nesterov's variant needs a momentum above 0");
        }
        this.momentum = (float) momentum;
        this.nesterov = nesterov;
        velocity = momentum == 0 ? null : zeros("sgd.velocity");
    }

    @Override
    protected void update(Step step) {
        for (Parameter w : step.parameters()) {
            w.device()
                    .backend()
                    .sgd(
                            w.buffer(),
                            velocity == null ? null : velocity.of(w).buffer(),
                            step.gradients().of(w).buffer(),
                            new SgdStep(step.rate(), momentum, nesterov, step.weightDecay()));
        }
    }
}
