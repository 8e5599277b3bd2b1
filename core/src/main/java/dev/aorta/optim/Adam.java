package dev.aorta.optim;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Buffer;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Adam, and AdamW with {@link #weightDecay}, 0.01 being usual; {@link dev.aorta.backend.Backend#adam} has the formula.
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba 2015</a>
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter 2019</a>
 */
public final class Adam extends Optimizer {
    private float beta1 = 0.9f;
    private float beta2 = 0.999f;
    private float epsilon = 1e-8f;
    private final State m = zeros("adam.m");
    private final State v = zeros("adam.v");

    /**
     * Adam with the paper's constants 0.9, 0.999 and 1e-8.
     *
     * @param parameters of the network
     * @param schedule of the learning rate; 0.001 is usual
     */
    public Adam(Collection<Parameter> parameters, Schedule schedule) {
        super(parameters, schedule);
    }

    /**
     * Decays of the moments.
     *
     * @param first from 0 to below 1, also when rounded to a float
     * @param second from 0 to below 1, also when rounded to a float
     * @return this
     */
    public Adam betas(double first, double second) {
        Constants.requireFraction("adam", "beta1", first);
        Constants.requireFraction("adam", "beta2", second);
        beta1 = (float) first;
        beta2 = (float) second;
        return this;
    }

    /**
     * What is added to the root of the second moment.
     *
     * @param value at least the smallest normal float, 1.2e-38, so that a gradient of 0 does not divide by 0
     * @return this
     */
    public Adam epsilon(double value) {
        Constants.requireEpsilon("adam", value);
        epsilon = (float) value;
        return this;
    }

    @Override
    protected void update(Step step) {
        List<Parameter> w = step.parameters();
        w.getFirst()
                .device()
                .backend()
                .adam(
                        buffers(w, p -> p),
                        buffers(w, m::of),
                        buffers(w, v::of),
                        buffers(w, step.gradients()::of),
                        new AdamStep(step.rate(), beta1, beta2, epsilon, step.weightDecay(), step.number()));
    }

    private static Buffer[] buffers(List<Parameter> parameters, Function<Parameter, Tensor> tensors) {
        return parameters.stream().map(p -> tensors.apply(p).buffer()).toArray(Buffer[]::new);
    }
}
