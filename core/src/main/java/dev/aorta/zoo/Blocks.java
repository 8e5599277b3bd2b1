package dev.aorta.zoo;

import dev.aorta.Conv2dOptions;
import dev.aorta.Padding;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.Unary;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import org.jspecify.annotations.Nullable;

/** The pieces that the networks share. */
final class Blocks {
    private Blocks() {}

    /** PyTorch's usual padding: as many zeros on all sides as keep the size at stride 1. */
    static Conv2dOptions window(int kernel, int stride, int dilation) {
        return Conv2dOptions.VALID
                .withPadding(Padding.of(dilation * (kernel / 2)))
                .withStride(stride)
                .withDilation(dilation);
    }

    /** Convolution without bias, named {@code 0}, and batch normalisation, named {@code 1}, with what follows, if anything does. */
    static Layer convNorm(Layers net, int in, int out, int kernel, Conv2dOptions options, @Nullable Unary then) {
        return net.sequential(
                net.named("0").conv2d(in, out, kernel, options).withoutBias(),
                net.named("1").batchNorm(out).then(then));
    }

    /** Mean of each channel as an image of one pixel: (N, H, W, C) to (N, 1, 1, C). */
    static Layer pooled(Layers net) {
        return net.function(x -> x.reduce(Reduction.MEAN, true, 1, 2));
    }

    /**
     * Squeeze-and-excitation: each channel times what two 1x1 convolutions, {@code fc1} and {@code fc2}, make of all means.
     *
     * @param squeezed channels between the two
     * @see <a href="https://arxiv.org/abs/1709.01507">Hu et al. 2018</a>
     */
    static Layer squeezeExcite(Layers net, int channels, int squeezed, Unary activation, Unary gate) {
        return net.product(
                net.identity(),
                net.sequential(
                        pooled(net),
                        net.named("fc1").conv2d(channels, squeezed, 1),
                        net.activation(activation),
                        net.named("fc2").conv2d(squeezed, channels, 1),
                        net.activation(gate)));
    }

    /** A number of channels as TensorFlow's MobileNets round it: to a multiple of 8, and not down by more than a tenth. */
    static int channels(double wanted) {
        int rounded = Math.max(8, (int) (wanted + 4) / 8 * 8);
        return rounded < 0.9 * wanted ? rounded + 8 : rounded;
    }
}
