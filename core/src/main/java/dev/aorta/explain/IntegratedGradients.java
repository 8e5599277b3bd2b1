package dev.aorta.explain;

import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.nn.Layer;

/**
 * How much each input contributed to a score: {@code (x - x') * integral of dscore/dx along the line from x' to x}. The sum of the
 * contributions is the difference of the scores of x and of the baseline x' (completeness).
 *
 * @param contributions of the shape of the input
 * @param gaps by how much the sum of a sample's contributions misses the difference of the scores, (N); the integral is a sum of steps
 * @see <a href="https://arxiv.org/abs/1703.01365">Sundararajan, Taly and Yan 2017: Axiomatic attribution for deep networks</a>
 */
public record IntegratedGradients(Values contributions, float[] gaps) {
    /**
     * Computes the contributions by the midpoint rule.
     *
     * @param network any
     * @param x input (N, ..)
     * @param baseline of its shape: an input that says nothing, such as an image of zeros
     * @param target what is explained
     * @param steps of the integral, at least 1; 50 are common
     * @return the contributions
     */
    public static IntegratedGradients of(Layer network, Tensor x, Tensor baseline, Target target, int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("[integrated gradients] needs at least 1 step, got " + steps);
        }
        float[] to = x.toArray();
        float[] from = baseline.toArray();
        if (!x.shape().equals(baseline.shape())) {
            throw new ShapeException(
                    "integrated gradients", "the baseline is " + baseline.shape() + " and the input " + x.shape());
        }
        double[] sum = new double[to.length];
        for (int step = 0; step < steps; step++) {
            double part = (step + 0.5) / steps;
            float[] between = new float[to.length];
            for (int i = 0; i < to.length; i++) {
                between[i] = (float) (from[i] + part * (to[i] - from[i]));
            }
            float[] gradient = InputGradient.of(
                            network, Tensor.of(x.device(), between, x.shape().dims()), target)
                    .gradient();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += gradient[i];
            }
        }
        float[] contributions = new float[to.length];
        for (int i = 0; i < to.length; i++) {
            contributions[i] = (float) (sum[i] / steps * (to[i] - from[i]));
        }
        float[] high = InputGradient.scores(network, x, target);
        float[] low = InputGradient.scores(network, baseline, target);
        int each = to.length / high.length;
        float[] gaps = new float[high.length];
        for (int n = 0; n < gaps.length; n++) {
            double total = 0;
            for (int i = n * each; i < (n + 1) * each; i++) {
                total += contributions[i];
            }
            gaps[n] = (float) (total - (high[n] - (double) low[n]));
        }
        return new IntegratedGradients(new Values(contributions, x.shape()), gaps);
    }
}
