package dev.aorta.optim;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.Collection;

/**
 * Lion, which goes by the sign: {@code w -= rate * (sign(beta1 * m + (1 - beta1) * g) + weightDecay * w); m = beta2 * m + (1 -
 * beta2) * g}. Its rate is 3 to 10 times smaller than Adam's, its decay as much larger.
 *
 * @see <a href="https://arxiv.org/abs/2302.06675">Chen et al. 2023</a>
 */
public final class Lion extends Optimizer {
    private double beta1 = 0.9;
    private double beta2 = 0.99;
    private final State m = zeros("lion.m");

    /**
     * Lion with the paper's constants 0.9 and 0.99.
     *
     * @param parameters of the network
     * @param schedule of the learning rate; a third to a tenth of Adam's is usual
     */
    public Lion(Collection<Parameter> parameters, Schedule schedule) {
        super(parameters, schedule);
    }

    /**
     * The two uses of the momentum.
     *
     * @param first share of the momentum in the step, from 0 to below 1
     * @param second decay of the momentum, from 0 to below 1
     * @return this
     */
    public Lion betas(double first, double second) {
        Constants.requireFraction("lion", "beta1", first);
        Constants.requireFraction("lion", "beta2", second);
        beta1 = first;
        beta2 = second;
        return this;
    }

    @Override
    protected void update(Step step) {
        step.forEach((w, g) -> {
            Tensor m = this.m.of(w);
            Tensor direction =
                    m.mul((float) beta1).add(g.mul((float) (1 - beta1))).sign();
            w.assign(w.sub(step.decayed(w, direction).mul(step.rate())));
            m.assign(m.mul((float) beta2).add(g.mul((float) (1 - beta2))));
        });
    }
}
