package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Tensor;
import dev.aorta.backend.CounterRandom;
import java.util.List;

/**
 * Dropout in passes that drop, as those of training do; nothing in inference.
 *
 * @param name tells its random stream from that of other layers
 * @param rate chance that an element is zeroed, 0 to below 1
 */
public record DropoutLayer(String name, float rate) implements Layer {
    /** Checks the rate. */
    public DropoutLayer {
        if (!(rate >= 0 && rate < 1)) {
            throw new IllegalArgumentException("[dropout] " + name + ": rate must be from 0 to below 1, got " + rate);
        }
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return pass.dropout() && rate > 0 ? x.dropout(rate, CounterRandom.bits(pass.seed(), name)) : x;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of();
    }
}
