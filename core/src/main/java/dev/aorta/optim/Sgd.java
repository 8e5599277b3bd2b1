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
    private float momentum;
    private boolean nesterov;
    private @Nullable State velocity;

    /**
     * Plain descent.
     *
     * @param parameters of the network
     * @param schedule of the learning rate
     */
    public Sgd(Collection<Parameter> parameters, Schedule schedule) {
        super(parameters, schedule);
    }

    /**
     * Goes on in the direction of the steps before.
     *
     * @param share of the last velocity that stays, from 0 to below 1
     * @return this
     */
    public Sgd momentum(double share) {
        Constants.requireFraction("sgd", "momentum", share);
        nesterov = false;
        momentum = (float) share;
        velocity = share == 0 ? null : velocity == null ? zeros("sgd.velocity") : velocity;
        return this;
    }

    /**
     * Goes on in the direction of the steps before, and looks ahead (Nesterov).
     *
     * @param momentum share of the last velocity that stays, above 0 and below 1
     * @return this
     */
    public Sgd nesterov(double momentum) {
        if (momentum == 0) {
            throw new IllegalArgumentException("[sgd] Nesterov's variant needs a momentum above 0");
        }
        momentum(momentum);
        nesterov = true;
        return this;
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
