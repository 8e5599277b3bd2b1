package dev.aorta.nn;

import dev.aorta.Conv2dOptions;
import dev.aorta.Parameter;
import dev.aorta.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Transposed convolution with bias: (N, h, w, in) to (N, h * stride, w * stride, out) under SAME padding.
 *
 * @param name prefix of the parameters
 * @param weight (in, kH, kW, out / groups)
 * @param bias (out), or null for none
 * @param options those of the convolution that this one transposes
 */
public record ConvTranspose2dLayer(
        String name, Parameter weight, @Nullable Parameter bias, Conv2dOptions options) implements Layer {

    /**
     * The same without a bias.
     *
     * @return the layer, with the same weight
     */
    public ConvTranspose2dLayer withoutBias() {
        return new ConvTranspose2dLayer(name, weight, null, options);
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        return x.convTranspose2d(weight, bias, options, 0, 0);
    }

    @Override
    public List<Parameter> parameters() {
        return bias == null ? List.of(weight) : List.of(weight, bias);
    }
}
