package dev.aorta.nn;

import dev.aorta.Shape;
import dev.aorta.backend.CounterRandom;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * How weights begin. The fans of a convolution weight (out, kH, kW, in) are {@code kH * kW * in} and {@code kH * kW * out}, of a
 * linear one (out, in) {@code in} and {@code out}; for a transposed convolution (in, kH, kW, out) the same rule reads the weight
 * as that of the convolution it transposes, as Keras and PyTorch both do.
 */
public enum Init {
    /** Normal with variance {@code 2 / fanIn}: He et al. 2015, PyTorch's {@code kaiming_normal_}. */
    HE_NORMAL,
    /** HE_NORMAL cut at two standard deviations and widened to keep the variance: Keras' {@code HeNormal}. */
    HE_TRUNCATED_NORMAL,
    /** Uniform within {@code sqrt(6 / fanIn)}: Keras' {@code HeUniform}, PyTorch's {@code kaiming_uniform_}. */
    HE_UNIFORM,
    /** Uniform within {@code sqrt(6 / (fanIn + fanOut))}: Glorot and Bengio 2010, the default of Keras. */
    GLOROT_UNIFORM,
    /** Normal with variance {@code 2 / (fanIn + fanOut)}: PyTorch's {@code xavier_normal_}. */
    GLOROT_NORMAL,
    /** Uniform within {@code 1 / sqrt(fanIn)}: the default of PyTorch's layers. */
    TORCH_DEFAULT,
    /** Normal with variance 1: the default of PyTorch's embeddings. */
    STANDARD_NORMAL;

    /** Standard deviation of a standard normal cut at 2: what Keras divides by. */
    private static final double CUT_DEVIATION = 0.87962566103423978;

    /**
     * Draws values.
     *
     * @param weight (out, kH, kW, in) or (out, in)
     * @param seed of the network
     * @param name of the parameter; each name has its own random stream
     * @return the values in row-major order
     */
    public float[] values(Shape weight, long seed, String name) {
        int field = weight.rank() == 4 ? weight.dim(1) * weight.dim(2) : 1;
        double fanIn = (double) field * weight.dim(-1);
        double fanOut = (double) field * weight.dim(0);
        SplittableRandom random = new SplittableRandom(CounterRandom.bits(seed, name));
        float[] w = new float[weight.size()];
        switch (this) {
            case HE_NORMAL -> normal(w, random, Math.sqrt(2 / fanIn));
            case HE_TRUNCATED_NORMAL -> truncatedNormal(w, random, Math.sqrt(2 / fanIn) / CUT_DEVIATION);
            case HE_UNIFORM -> uniform(w, random, Math.sqrt(6 / fanIn));
            case GLOROT_UNIFORM -> uniform(w, random, Math.sqrt(6 / (fanIn + fanOut)));
            case GLOROT_NORMAL -> normal(w, random, Math.sqrt(2 / (fanIn + fanOut)));
            case TORCH_DEFAULT -> uniform(w, random, 1 / Math.sqrt(fanIn));
            case STANDARD_NORMAL -> normal(w, random, 1);
        }
        return w;
    }

    /**
     * {@code size} copies of a value, as biases and scales begin.
     *
     * @param size number of values
     * @param value of each
     * @return the values
     */
    public static float[] constant(int size, float value) {
        float[] w = new float[size];
        Arrays.fill(w, value);
        return w;
    }

    private static void normal(float[] w, SplittableRandom random, double deviation) {
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) (deviation * random.nextGaussian());
        }
    }

    private static void truncatedNormal(float[] w, SplittableRandom random, double deviation) {
        for (int i = 0; i < w.length; i++) {
            double z;
            do {
                z = random.nextGaussian();
            } while (Math.abs(z) > 2);
            w[i] = (float) (deviation * z);
        }
    }

    private static void uniform(float[] w, SplittableRandom random, double limit) {
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) (limit * (2 * random.nextDouble() - 1));
        }
    }
}
