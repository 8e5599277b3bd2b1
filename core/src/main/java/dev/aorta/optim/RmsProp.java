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
    private final double smoothing;
    private final float epsilon;
    private final float momentum;
    private final State square = zeros("rmsprop.square");
    private final @Nullable State velocity;

    /**
     * RMSprop with PyTorch's constants 0.99 and 1e-8, without momentum and decay.
     *
     * @param parameters of the network
     * @param schedule of the learning rate
     */
    public RmsProp(Collection<Parameter> parameters, Schedule schedule) {
        this(parameters, schedule, 0.99, 1e-8, 0, 0);
    }

    /**
     * RMSprop with constants of your own.
     *
     * @param parameters of the network
     * @param schedule of the learning rate
     * @param smoothing of the mean square, from 0 to below 1
     * @param epsilon above 0
     * @param momentum from 0 to below 1
     * @param weightDecay not negative
     */
    public RmsProp(
            Collection<Parameter> parameters,
            Schedule schedule,
            double smoothing,
            double epsilon,
            double momentum,
            double weightDecay) {
        super(parameters, schedule, weightDecay);
        Constants.requireFraction("rmsprop", "smoothing", smoothing);
        Constants.requireFraction("rmsprop", "momentum", momentum);
        Constants.requireEpsilon("rmsprop", epsilon);
        this.smoothing = smoothing;
        this.epsilon = (float) epsilon;
        this.momentum = (float) momentum;
        velocity = momentum == 0 ? null : zeros("rmsprop.velocity");
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
