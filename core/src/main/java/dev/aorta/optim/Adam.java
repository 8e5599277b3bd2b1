package dev.aorta.optim;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Buffer;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Adam, and AdamW when there is weight decay; {@link dev.aorta.backend.Backend#adam} has the formula.
 *
 * @see <a href="https://arxiv.org/abs/1412.6980">Kingma and Ba 2015</a>
 * @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter 2019</a>
 */
public final class Adam extends Optimizer {
    private final float beta1;
    private final float beta2;
    private final float epsilon;
    private final State m = zeros("adam.m");
    private final State v = zeros("adam.v");

    /**
     * Adam with the paper's constants 0.9, 0.999 and 1e-8.
     *
     * @param parameters of the network
     * @param schedule of the learning rate; 0.001 is usual
     */
    public Adam(Collection<Parameter> parameters, Schedule schedule) {
        this(parameters, schedule, 0.9, 0.999, 1e-8, 0);
    }

    /**
     * Adam with constants of your own.
     *
     * @param parameters of the network
     * @param schedule of the learning rate; 0.001 is usual
     * @param beta1 decay of the first moment, from 0 to below 1, also when rounded to a float
     * @param beta2 decay of the second moment, from 0 to below 1, also when rounded to a float
     * @param epsilon at least the smallest normal float, 1.2e-38, so that a gradient of 0 does not divide by 0
     * @param weightDecay decoupled, not negative; 0 is Adam, above 0 is AdamW
     */
    public Adam(
            Collection<Parameter> parameters,
            Schedule schedule,
            double beta1,
            double beta2,
            double epsilon,
            double weightDecay) {
        super(parameters, schedule, weightDecay);
        this.beta1 = (float) beta1;
        this.beta2 = (float) beta2;
        this.epsilon = (float) epsilon;
        Constants.requireFraction("adam", "beta1", beta1);
        Constants.requireFraction("adam", "beta2", beta2);
        Constants.requireEpsilon("adam", epsilon);
    }

    /**
     * AdamW: Adam with decoupled weight decay and the paper's other constants.
     *
     * @param parameters of the network
     * @param schedule of the learning rate; 0.001 is usual
     * @param weightDecay above 0; 0.01 is usual
     * @return the optimiser
     */
    public static Adam withDecay(Collection<Parameter> parameters, Schedule schedule, double weightDecay) {
        return new Adam(parameters, schedule, 0.9, 0.999, 1e-8, weightDecay);
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
