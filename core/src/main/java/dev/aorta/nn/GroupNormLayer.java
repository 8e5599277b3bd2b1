package dev.aorta.nn;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import java.util.List;

/**
 * Group normalisation of (N, .., C); the same in training and inference.
 *
 * @param name prefix of the parameters
 * @param groups runs of channels with statistics of their own; divides C
 * @param gamma scale (C)
 * @param beta shift (C)
 * @param epsilon added to the variance
 */
public record GroupNormLayer(String name, int groups, Parameter gamma, Parameter beta, float epsilon) implements Layer {
    /** Makes a layer that begins as the identity on normalised input, with epsilon 1e-5. */
    public static GroupNormLayer of(String name, Device device, int channels, int groups) {
        Shape c = Shape.of(channels);
        return new GroupNormLayer(
                name,
                groups,
                new Parameter(name + ".gamma", device, c, Init.constant(channels, 1), true),
                new Parameter(name + ".beta", device, c, Init.constant(channels, 0), true),
                1e-5f);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.groupNorm(groups, gamma, beta, epsilon);
    }

    @Override
    public Shape outputShape(Shape input) {
        return input;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(gamma, beta);
    }
}
