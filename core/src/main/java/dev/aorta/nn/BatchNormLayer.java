package dev.aorta.nn;

import dev.aorta.Parameter;
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
 * @param frozen whether the running statistics are used in training too, and stay as they are
 */
public record BatchNormLayer(
        String name,
        Parameter gamma,
        Parameter beta,
        Parameter runningMean,
        Parameter runningVariance,
        float momentum,
        float epsilon,
        boolean frozen)
        implements Layer {

    /**
     * The same with its running statistics in training too, as for fine-tuning with small batches.
     *
     * @return the layer, with the same parameters
     */
    public BatchNormLayer withFrozenStatistics() {
        return new BatchNormLayer(name, gamma, beta, runningMean, runningVariance, momentum, epsilon, true);
    }

    /**
     * The same with another share of a batch in the running statistics, and another number added to the variance.
     *
     * @param otherMomentum from 0 to 1
     * @param otherEpsilon above 0
     * @return the layer, with the same parameters
     */
    public BatchNormLayer with(float otherMomentum, float otherEpsilon) {
        return new BatchNormLayer(name, gamma, beta, runningMean, runningVariance, otherMomentum, otherEpsilon, frozen);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return pass.training() && !frozen
                ? x.batchNorm(gamma, beta, runningMean, runningVariance, momentum, epsilon)
                : x.batchNormInference(gamma, beta, runningMean, runningVariance, epsilon);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(gamma, beta, runningMean, runningVariance);
    }
}
