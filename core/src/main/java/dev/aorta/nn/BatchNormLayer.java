package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.Unary;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation of (.., C): with the statistics of the batch in training, with the running ones in inference. A {@link Shard}
 * takes the statistics of its whole batch.
 *
 * @param name prefix of the parameters
 * @param gamma scale (C)
 * @param beta shift (C)
 * @param runningMean (C), state
 * @param runningVariance (C), state
 * @param momentum share of a batch in the running statistics
 * @param epsilon added to the variance
 * @param frozen whether the running statistics are used in training too, and stay as they are
 * @param then function of the result, or null for none
 */
public record BatchNormLayer(
        String name,
        Parameter gamma,
        Parameter beta,
        Parameter runningMean,
        Parameter runningVariance,
        float momentum,
        float epsilon,
        boolean frozen,
        @Nullable Unary then)
        implements Layer {

    /**
     * The same with its running statistics in training too, as for fine-tuning with small batches.
     *
     * @return the layer, with the same parameters
     */
    public BatchNormLayer withFrozenStatistics() {
        return new BatchNormLayer(name, gamma, beta, runningMean, runningVariance, momentum, epsilon, true, then);
    }

    /**
     * The same with another share of a batch in the running statistics, and another number added to the variance.
     *
     * @param otherMomentum from 0 to 1
     * @param otherEpsilon above 0
     * @return the layer, with the same parameters
     */
    public BatchNormLayer with(float otherMomentum, float otherEpsilon) {
        return new BatchNormLayer(
                name, gamma, beta, runningMean, runningVariance, otherMomentum, otherEpsilon, frozen, then);
    }

    /**
     * The same followed by a function, in training in one pass with it where it is a ReLU or a ReLU6 on the CPU.
     *
     * @param function for example {@link Unary#RELU}, or null for none
     * @return the layer, with the same parameters
     */
    public BatchNormLayer then(@Nullable Unary function) {
        return new BatchNormLayer(name, gamma, beta, runningMean, runningVariance, momentum, epsilon, frozen, function);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Tensor y;
        if (!pass.training() || frozen) {
            y = x.batchNormInference(gamma, beta, runningMean, runningVariance, epsilon);
        } else if (pass.shard() != null) {
            y = withAllShards(x, pass.shard());
        } else {
            return x.batchNorm(gamma, beta, runningMean, runningVariance, momentum, epsilon, then);
        }
        return then == null ? y : y.map(then);
    }

    private Tensor withAllShards(Tensor x, Shard shard) {
        Shape shape = x.shape();
        int channels = gamma.shape().size();
        if (shape.rank() == 0 || shape.dim(shape.rank() - 1) != channels) {
            throw new ShapeException("batchNorm", name + " takes (.., " + channels + "), got " + shape);
        }
        NormShape s = NormShape.batchNorm(shape.size() / channels, channels, epsilon);
        return Tensor.apply(
                new BatchNormOfShards(shape, s, momentum, shard), x, gamma, beta, runningMean, runningVariance);
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(gamma, beta, runningMean, runningVariance);
    }
}
