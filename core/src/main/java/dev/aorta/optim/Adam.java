package dev.aorta.optim;

import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Backend;
import java.util.Collection;
import java.util.List;

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
    private final float weightDecay;
    private final List<Parameter> m;
    private final List<Parameter> v;

    /** Adam with the paper's constants 0.9, 0.999 and 1e-8. */
    public Adam(Collection<Parameter> parameters, Schedule schedule) {
        this(parameters, schedule, 0.9, 0.999, 1e-8, 0);
    }

    /**
     * Adam with constants of your own.
     *
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
        super(parameters, schedule);
        this.beta1 = (float) beta1;
        this.beta2 = (float) beta2;
        this.epsilon = (float) epsilon;
        this.weightDecay = (float) weightDecay;
        boolean decays = this.beta1 >= 0 && this.beta1 < 1 && this.beta2 >= 0 && this.beta2 < 1;
        if (!(decays && epsilon >= Float.MIN_NORMAL && weightDecay >= 0)) {
            throw new IllegalArgumentException(
                    "[adam] betas must be from 0 to below 1, epsilon at least 1.2e-38 and weight decay not"
                            + " negative, got " + beta1 + ", " + beta2 + ", " + epsilon + " and " + weightDecay);
        }
        m = zerosLike("adam.m.");
        v = zerosLike("adam.v.");
    }

    /** AdamW: Adam with decoupled weight decay and the paper's other constants. */
    public static Adam withDecay(Collection<Parameter> parameters, Schedule schedule, double weightDecay) {
        return new Adam(parameters, schedule, 0.9, 0.999, 1e-8, weightDecay);
    }

    @Override
    void update(Backend backend, int[] indices, Gradients gradients, float rate) {
        backend.adam(
                buffers(indices, this::parameter),
                buffers(indices, m::get),
                buffers(indices, v::get),
                buffers(indices, i -> gradients.of(parameter(i))),
                new AdamStep(rate, beta1, beta2, epsilon, weightDecay, steps()));
    }

    @Override
    List<List<Parameter>> stateTensors() {
        return List.of(m, v);
    }
}
