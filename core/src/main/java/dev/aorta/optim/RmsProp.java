package dev.aorta.optim;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * RMSprop as PyTorch defines it: {@code v = smoothing * v + (1 - smoothing) * g^2; b = momentum * b + g / (sqrt(v) + epsilon); w
 * -= rate * b}; the decay adds {@code weightDecay * w} to g.
 *
 * @see <a href="https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html">PyTorch: RMSprop</a>
 */
public final class RmsProp extends Optimizer {
    private double smoothing = 0.99;
    private float epsilon = 1e-8f;
    private float momentum;
    private final State square = zeros("rmsprop.square");
    private @Nullable State velocity;

    /**
     * RMSprop with PyTorch's constants 0.99 and 1e-8, without momentum and decay.
     *
     * @param parameters of the network
     * @param schedule of the learning rate
     */
    public RmsProp(Collection<Parameter> parameters, Schedule schedule) {
        super(parameters, schedule);
    }

    /**
     * Decay of the mean square.
     *
     * @param share of the last mean that stays, from 0 to below 1
     * @return this
     */
    public RmsProp smoothing(double share) {
        Constants.requireFraction("rmsprop", "smoothing", share);
        smoothing = share;
        return this;
    }

    /**
     * What is added to the root of the mean square.
     *
     * @param value above 0
     * @return this
     */
    public RmsProp epsilon(double value) {
        Constants.requireEpsilon("rmsprop", value);
        epsilon = (float) value;
        return this;
    }

    /**
     * Goes on in the direction of the steps before.
     *
     * @param share of the last step that stays, from 0 to below 1
     * @return this
     */
    public RmsProp momentum(double share) {
        Constants.requireFraction("rmsprop", "momentum", share);
        momentum = (float) share;
        velocity = share == 0 ? null : velocity == null ? zeros("rmsprop.velocity") : velocity;
        return this;
    }

    @Override
    protected void update(Step step) {
        step.forEach((w, gradient) -> {
            Tensor g = step.decayed(w, gradient);
            Tensor v = square.of(w);
            v.assign(v.mul((float) smoothing).add(g.square().mul((float) (1 - smoothing))));
            Tensor b = g.div(v.sqrt().add(epsilon));
            if (velocity != null) {
                Tensor last = velocity.of(w);
                b = last.mul(momentum).add(b);
                last.assign(b);
            }
            w.assign(w.sub(b.mul(step.rate())));
        });
    }
}
