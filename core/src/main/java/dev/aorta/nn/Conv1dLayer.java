package dev.aorta.nn;

import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.List;

/**
 * Convolution along one axis: (N, L, in) to (N, outL, out), as that of images of one row.
 *
 * @param conv with a weight (out, 1, k, in / groups), and neither stride nor padding of rows
 */
public record Conv1dLayer(Conv2dLayer conv) implements Layer {
    /**
     * The same followed by ReLU, in one kernel.
     *
     * @return the layer, with the same parameters
     */
    public Conv1dLayer withRelu() {
        return new Conv1dLayer(conv.withRelu());
    }

    /**
     * The same without a bias.
     *
     * @return the layer, with the same weight
     */
    public Conv1dLayer withoutBias() {
        return new Conv1dLayer(conv.withoutBias());
    }

    @Override
    public String name() {
        return conv.name();
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Shape s = x.shape();
        if (s.rank() != 3) {
            throw new ShapeException("conv1d", name() + ": needs sequences (N, L, C), got " + s);
        }
        try (Temporaries temporaries = new Temporaries(pass)) {
            return temporaries.result(conv.forward(x.unsqueeze(1), pass).squeeze(1));
        }
    }

    @Override
    public List<Parameter> parameters() {
        return conv.parameters();
    }
}
