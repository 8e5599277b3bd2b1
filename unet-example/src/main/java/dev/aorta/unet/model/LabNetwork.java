package dev.aorta.unet.model;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.nn.Init;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;

/**
 * The network of the lab that the application follows, to the letter: five convolutions, ReLU on the score layer too, one 31x31
 * transposed convolution of stride 16, SAME padding, Keras' initial weights; (N, H, W, 1) to logits (N, H, W, 2) for H and W
 * multiples of 16. It has 1,857,848 parameters. The coarse contour of a single stride-16 upsampling is its limit.
 *
 * @see <a href="https://arxiv.org/abs/1411.4038">Long, Shelhamer and Darrell 2015: FCN-16</a>
 */
public final class LabNetwork {
    /** Sides of images are multiples of it. */
    static final int UNIT = 16;

    private LabNetwork() {}

    /**
     * Makes the network.
     *
     * @param seed of the initial weights
     */
    public static Layer of(Device device, long seed) {
        return of(new Layers(device, seed));
    }

    static Layer of(Layers layers) {
        Layers net = layers.with(Init.GLOROT_UNIFORM);
        Conv2dOptions halve = Conv2dOptions.SAME.withStride(2);
        return net.named("lab")
                .sequential(
                        net.conv2d(1, 100, 5, halve).withRelu(),
                        net.maxPool2d(2),
                        net.conv2d(100, 200, 5, halve).withRelu(),
                        net.maxPool2d(2),
                        net.conv2d(200, 300, 3).withRelu(),
                        net.conv2d(300, 300, 3).withRelu(),
                        net.named("score").conv2d(300, 2, 1).withRelu(),
                        net.named("up").convTranspose2d(2, 2, 31, Conv2dOptions.SAME.withStride(UNIT)));
    }
}
