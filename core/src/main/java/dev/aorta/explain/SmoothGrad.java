package dev.aorta.explain;

import dev.aorta.Tensor;
import dev.aorta.backend.CounterRandom;
import dev.aorta.data.Values;
import dev.aorta.nn.Layer;

/**
 * The derivative of a score by the input, averaged over copies of the input with Gaussian noise.
 *
 * @see <a href="https://arxiv.org/abs/1706.03825">Smilkov et al. 2017: SmoothGrad</a>
 */
public final class SmoothGrad {
    private SmoothGrad() {}

    /**
     * The averaged derivative.
     *
     * @param network any
     * @param x input (N, ..)
     * @param target what is explained
     * @param samples noisy copies, at least 1
     * @param noise standard deviation as a part of the range of each sample's values, for example 0.1; with 0 and one sample this is the
     *     derivative itself
     * @param seed of the noise
     * @return of the shape of the input
     */
    public static Values map(Layer network, Tensor x, Target target, int samples, double noise, long seed) {
        if (samples < 1 || !(noise >= 0)) {
            throw new IllegalArgumentException(
                    "[smoothgrad] needs at least 1 sample and noise of 0 or more, got " + samples + " and " + noise);
        }
        float[] clean = x.toArray();
        int each = clean.length / x.shape().dim(0);
        double[] sum = new double[clean.length];
        for (int sample = 0; sample < samples; sample++) {
            float[] noisy = clean.clone();
            for (int n = 0; n < x.shape().dim(0); n++) {
                double deviation = noise * range(clean, n * each, (n + 1) * each);
                for (int i = n * each; i < (n + 1) * each; i++) {
                    noisy[i] += (float) (deviation * gaussian(seed, (long) sample * clean.length + i));
                }
            }
            float[] gradient = InputGradient.of(
                            network, Tensor.of(x.device(), noisy, x.shape().dims()), target)
                    .gradient();
            for (int i = 0; i < sum.length; i++) {
                sum[i] += gradient[i];
            }
        }
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) (sum[i] / samples);
        }
        return new Values(mean, x.shape());
    }

    private static double range(float[] values, int from, int to) {
        float least = values[from];
        float most = values[from];
        for (int i = from; i < to; i++) {
            least = Math.min(least, values[i]);
            most = Math.max(most, values[i]);
        }
        return most - (double) least;
    }

    /** Box and Muller's. */
    private static double gaussian(long seed, long index) {
        double radius = Math.sqrt(-2 * Math.log(1 - CounterRandom.uniform(seed, 2 * index)));
        return radius * Math.cos(2 * Math.PI * CounterRandom.uniform(seed, 2 * index + 1));
    }
}
