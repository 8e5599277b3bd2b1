package dev.aorta.nn;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.List;

/**
 * Batch normalisation of (.., C): with the statistics of the batch in training, with the running ones in inference.
 *
 * @param name prefix of the parameters
 * @param gamma scale (C)
 * @param beta shift (C)
 * @param runningMean (C), state
 * @param runningVariance (C), state
 * @param momentum share of a batch in the running statistics
 * @param epsilon added to the variance
 */
public record BatchNormLayer(
        String name,
        Parameter gamma,
        Parameter beta,
        Parameter runningMean,
        Parameter runningVariance,
        float momentum,
        float epsilon)
        implements Layer {

    /** Makes a layer that begins as the identity on normalised input, with PyTorch's momentum 0.1 and epsilon 1e-5. */
    public static BatchNormLayer of(String name, Device device, int channels) {
        Shape c = Shape.of(channels);
        float[] zero = Init.constant(channels, 0);
        float[] one = Init.constant(channels, 1);
        return new BatchNormLayer(
                name,
                new Parameter(name + ".gamma", device, c, one, true),
                new Parameter(name + ".beta", device, c, zero, true),
                new Parameter(name + ".running_mean", device, c, zero, false),
                new Parameter(name + ".running_var", device, c, one, false),
                0.1f,
                1e-5f);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return pass.training()
                ? x.batchNorm(gamma, beta, runningMean, runningVariance, momentum, epsilon)
                : x.batchNormInference(gamma, beta, runningMean, runningVariance, epsilon);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(gamma, beta, runningMean, runningVariance);
    }
}
