package dev.aorta.unet.model;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Pool2dOptions;
import dev.aorta.nn.Conv2dLayer;
import dev.aorta.nn.ConvTranspose2dLayer;
import dev.aorta.nn.Init;
import dev.aorta.nn.MaxPool2dLayer;
import dev.aorta.nn.Sequential;

/**
 * The network of the lab that the application follows, to the letter: five convolutions, ReLU on the score layer too, one 31x31
 * transposed convolution of stride 16, SAME padding, Keras' initial weights; (N, H, W, 1) to logits (N, H, W, 2) for H and W
 * multiples of 16. It has 1,857,848 parameters. The coarse contour of a single stride-16 upsampling is its limit.
 *
 * @see <a href="https://arxiv.org/abs/1411.4038">Long, Shelhamer and Darrell 2015: FCN-16</a>
 */
public final class LabNetwork {
    private LabNetwork() {}

    /**
     * Makes the network.
     *
     * @param seed of the initial weights
     */
    public static Sequential of(Device device, long seed) {
        Conv2dOptions halve = Conv2dOptions.SAME.withStride(2);
        Pool2dOptions pool = Pool2dOptions.of(2);
        return Sequential.of(
                "lab",
                conv("conv1", device, 1, 100, 5, halve, seed),
                new MaxPool2dLayer("pool1", pool),
                conv("conv2", device, 100, 200, 5, halve, seed),
                new MaxPool2dLayer("pool2", pool),
                conv("conv3", device, 200, 300, 3, Conv2dOptions.SAME, seed),
                conv("conv4", device, 300, 300, 3, Conv2dOptions.SAME, seed),
                conv("score", device, 300, 2, 1, Conv2dOptions.SAME, seed),
                ConvTranspose2dLayer.of(
                        "up", device, 2, 2, 31, Conv2dOptions.SAME.withStride(16), Init.GLOROT_UNIFORM, seed));
    }

    private static Conv2dLayer conv(
            String name, Device device, int in, int out, int kernel, Conv2dOptions options, long seed) {
        return Conv2dLayer.of(name, device, in, out, kernel, options, true, Init.GLOROT_UNIFORM, seed);
    }
}
