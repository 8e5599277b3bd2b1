package dev.aorta.optim;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.Collection;

/**
 * LAMB, for large batches: Adam's step u with decoupled decay, made as long as the parameter is. {@code m = beta1 * m + (1 -
 * beta1) * g; v = beta2 * v + (1 - beta2) * g^2; u = m' / (sqrt(v') + epsilon) + weightDecay * w; w -= rate * |w| / |u| * u},
 * with {@code m' = m / (1 - beta1^step)}, {@code v'} alike, and 1 instead of {@code |w| / |u|} where one of them is 0.
 *
 * @see <a href="https://arxiv.org/abs/1904.00962">You et al. 2020</a>
 */
public final class Lamb extends Optimizer {
    private double beta1 = 0.9;
    private double beta2 = 0.999;
    private float epsilon = 1e-6f;
    private final State m = zeros("lamb.m");
    private final State v = zeros("lamb.v");

    /**
     * LAMB with the paper's constants 0.9, 0.999 and 1e-6.
     *
     * @param parameters of the network
     * @param schedule of the learning rate
     */
    public Lamb(Collection<Parameter> parameters, Schedule schedule) {
        super(parameters, schedule);
    }

    /**
     * Decays of the moments.
     *
     * @param first from 0 to below 1
     * @param second from 0 to below 1
     * @return this
     */
    public Lamb betas(double first, double second) {
        Constants.requireFraction("lamb", "beta1", first);
        Constants.requireFraction("lamb", "beta2", second);
        beta1 = first;
        beta2 = second;
        return this;
    }

    /**
     * What is added to the root of the second moment.
     *
     * @param value above 0
     * @return this
     */
    public Lamb epsilon(double value) {
        Constants.requireEpsilon("lamb", value);
        epsilon = (float) value;
        return this;
    }

    @Override
    protected void update(Step step) {
        float first = (float) (1 - Math.pow(beta1, step.number()));
        float second = (float) (1 - Math.pow(beta2, step.number()));
        step.forEach((w, g) -> {
            Tensor m = this.m.of(w);
            Tensor v = this.v.of(w);
            m.assign(m.mul((float) beta1).add(g.mul((float) (1 - beta1))));
            v.assign(v.mul((float) beta2).add(g.square().mul((float) (1 - beta2))));
            Tensor u = step.decayed(w, m.div(first).div(v.div(second).sqrt().add(epsilon)));
            Tensor lengthW = w.square().sum().sqrt();
            Tensor lengthU = u.square().sum().sqrt();
            Tensor one = Tensor.of(w.device(), new float[] {1});
            Tensor trust = lengthW.mul(lengthU).greater(one.mul(0)).where(lengthW.div(lengthU), one);
            w.assign(w.sub(u.mul(trust).mul(step.rate())));
        });
    }
}
