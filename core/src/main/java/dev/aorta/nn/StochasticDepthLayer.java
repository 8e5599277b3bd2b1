package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.CounterRandom;
import java.util.Arrays;
import java.util.List;

/**
 * In training, zeroes each image as a whole with probability {@code rate} and divides the others by {@code 1 - rate}: at the end
 * of a residual's body it leaves the block out. Nothing in inference. Torchvision's {@code StochasticDepth} of mode {@code row}.
 *
 * @param name tells its random stream from that of other layers
 * @param rate chance that an image is zeroed, 0 to below 1
 * @see <a href="https://arxiv.org/abs/1603.09382">Huang et al. 2016</a>
 */
public record StochasticDepthLayer(String name, float rate) implements Layer {
    /** Checks the rate. */
    public StochasticDepthLayer {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException(
                    "[stochasticDepth] " + name + ": rate must be from 0 to below 1, got " + rate);
        }
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        if (!pass.dropout() || rate == 0) {
            return x;
        }
        int[] oneEach = new int[x.shape().rank()];
        Arrays.fill(oneEach, 1);
        oneEach[0] = x.shape().dim(0);
        Tensor kept = Tensor.zeros(x.device(), Shape.of(oneEach));
        kept.fill(1);
        return x.mul(kept.dropout(rate, CounterRandom.bits(pass.seed(), name)));
    }

    @Override
    public List<Parameter> parameters() {
        return List.of();
    }
}
