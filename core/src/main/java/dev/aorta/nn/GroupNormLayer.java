package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.List;

/**
 * Group normalisation of (N, .., C); the same in training and inference.
 *
 * @param name prefix of the parameters
 * @param groups runs of channels with statistics of their own; divides C, and C is instance normalisation
 * @param gamma scale (C)
 * @param beta shift (C)
 * @param epsilon added to the variance
 */
public record GroupNormLayer(String name, int groups, Parameter gamma, Parameter beta, float epsilon) implements Layer {
    /** Checks that the groups divide the channels. */
    public GroupNormLayer {
        if (groups < 1 || gamma.shape().size() % groups != 0) {
            throw new ShapeException(
                    "groupNorm",
                    name + ": " + groups + " groups do not divide "
                            + gamma.shape().size() + " channels");
        }
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.groupNorm(groups, gamma, beta, epsilon);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(gamma, beta);
    }
}
