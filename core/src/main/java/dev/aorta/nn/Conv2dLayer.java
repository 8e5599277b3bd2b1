package dev.aorta.nn;

import dev.aorta.Conv2dOptions;
import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Convolution with bias and, where asked, ReLU: (N, H, W, in) to (N, outH, outW, out).
 *
 * @param name prefix of the parameters
 * @param weight (out, kH, kW, in / groups)
 * @param bias (out), or null for none
 * @param options stride, padding, dilation, groups
 * @param relu whether ReLU follows, fused
 */
public record Conv2dLayer(
        String name, Parameter weight, @Nullable Parameter bias, Conv2dOptions options, boolean relu) implements Layer {

    /**
     * The same followed by ReLU, in one kernel.
     *
     * @return the layer, with the same parameters
     */
    public Conv2dLayer withRelu() {
        return new Conv2dLayer(name, weight, bias, options, true);
    }

    /**
     * The same without a bias, as before a normalisation, which would take it away again.
     *
     * @return the layer, with the same weight
     */
    public Conv2dLayer withoutBias() {
        return new Conv2dLayer(name, weight, null, options, relu);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.conv2d(weight, bias, options, relu);
    }

    @Override
    public List<Parameter> parameters() {
        return bias == null ? List.of(weight) : List.of(weight, bias);
    }
}
