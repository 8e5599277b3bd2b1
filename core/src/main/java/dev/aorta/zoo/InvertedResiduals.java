package dev.aorta.zoo;

import dev.aorta.backend.Unary;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import java.util.ArrayList;
import java.util.List;

/**
 * The blocks of MobileNetV3 and EfficientNet: a 1x1 convolution to more channels, a depthwise one, squeeze-and-excitation, a 1x1
 * convolution to few channels, and the input added where it has the shape of the result.
 *
 * @param momentum of the batch normalisations
 * @param epsilon of the batch normalisations
 * @param squeeze activation between the two convolutions of squeeze-and-excitation
 * @param gate activation behind them
 */
record InvertedResiduals(float momentum, float epsilon, Unary squeeze, Unary gate) {
    /**
     * A block, its parts numbered in {@code block}.
     *
     * @param hidden channels of the depthwise convolution
     * @param squeezed channels within squeeze-and-excitation, or 0 for none
     * @param drop rate of stochastic depth
     */
    Layer block(
            Layers net,
            int in,
            int hidden,
            int out,
            int kernel,
            int stride,
            int squeezed,
            Unary activation,
            float drop) {
        Layers parts = net.in("block");
        List<Layer> chain = new ArrayList<>();
        if (hidden != in) {
            chain.add(net.sequential(conv(parts.in("0"), in, hidden, 1, 1, 1), net.activation(activation)));
        }
        Layer depthwise = conv(parts.in("" + chain.size()), hidden, hidden, kernel, stride, hidden);
        chain.add(net.sequential(depthwise, net.activation(activation)));
        if (squeezed > 0) {
            chain.add(Blocks.squeezeExcite(parts.in("" + chain.size()), hidden, squeezed, squeeze, gate));
        }
        chain.add(conv(parts.in("" + chain.size()), hidden, out, 1, 1, 1));
        if (in != out || stride != 1) {
            return net.sequential(chain.toArray(Layer[]::new));
        }
        chain.add(net.stochasticDepth(drop));
        return net.residual(net.sequential(chain.toArray(Layer[]::new)));
    }

    /** Convolution without bias, named {@code 0}, and batch normalisation, named {@code 1}. */
    Layer conv(Layers net, int in, int out, int kernel, int stride, int groups) {
        return net.sequential(
                net.named("0")
                        .conv2d(
                                in,
                                out,
                                kernel,
                                Blocks.window(kernel, stride, 1).withGroups(groups))
                        .withoutBias(),
                net.named("1").batchNorm(out).with(momentum, epsilon));
    }
}
