package dev.aorta.unet.model;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import java.util.List;

/**
 * The U-Net: a contracting path of blocks of two 3x3 convolutions, each halved by a 2x2 maximum, and an expanding path of 2x2
 * transposed convolutions that meets the blocks of the same size again; (N, H, W, channels) to logits (N, H, W, classes).
 *
 * <p>Level l has {@code base * 2^l} channels. Padding is SAME, so that the mask is as large as the image; H and W must be
 * multiples of {@code 2^depth}.
 *
 * @see <a href="https://arxiv.org/abs/1505.04597">Ronneberger, Fischer and Brox 2015</a>
 */
public final class UNet implements Layer {
    private static final Conv2dOptions DOUBLE = Conv2dOptions.SAME.withStride(2);

    private final int base;
    private final int depth;
    private final Norm norm;
    private final Layer network;

    /**
     * Makes a network with He's initial weights.
     *
     * @param device where the parameters are
     * @param channels of the image
     * @param classes background included
     * @param base channels of the first level
     * @param depth number of halvings, at least 1
     * @param seed of the initial weights
     */
    public UNet(Device device, int channels, int classes, int base, int depth, Norm norm, long seed) {
        this(new Layers(device, seed), channels, classes, base, depth, norm);
    }

    /** The same of {@code net}, with whose prefix the names of its parameters begin. */
    UNet(Layers net, int channels, int classes, int base, int depth, Norm norm) {
        if (channels < 1 || classes < 2 || base < 1 || depth < 1 || depth > 8) {
            throw new IllegalArgumentException(
                    "[unet] needs at least 1 channel, 2 classes, base 1 and depth 1 to 8, got " + channels + ", "
                            + classes + ", " + base + " and " + depth);
        }
        this.base = base;
        this.depth = depth;
        this.norm = norm;
        network = net.sequential(level(net, channels, 0), net.named("head").conv2d(base, classes, 1));
    }

    /** What happens at one level and below, from {@code in} channels to those of the level. */
    private Layer level(Layers net, int in, int level) {
        int out = base << level;
        if (level == depth) {
            return block(net.in("bottom"), in, out);
        }
        Layers encoder = net.in("enc" + (level + 1));
        Layers decoder = net.in("dec" + (level + 1));
        return net.sequential(
                block(encoder, in, out),
                net.concat(
                        net.identity(),
                        net.sequential(
                                encoder.maxPool2d(2),
                                level(net, out, level + 1),
                                decoder.named("up").convTranspose2d(2 * out, out, 2, DOUBLE))),
                block(decoder, 2 * out, out));
    }

    /** Two convolutions, each with what normalises it. */
    private Layer block(Layers net, int in, int out) {
        return norm == Norm.NONE
                ? net.sequential(
                        net.conv2d(in, out, 3).withRelu(),
                        net.conv2d(out, out, 3).withRelu())
                : net.sequential(
                        net.conv2d(in, out, 3),
                        normalisation(net, out),
                        net.relu(),
                        net.conv2d(out, out, 3),
                        normalisation(net, out),
                        net.relu());
    }

    private Layer normalisation(Layers net, int channels) {
        return norm == Norm.BATCH
                ? net.batchNorm(channels)
                : net.groupNorm(channels, channels % 8 == 0 ? channels / 8 : 1);
    }

    @Override
    public String name() {
        return "unet";
    }

    @Override
    public Tensor forward(Tensor x, Pass pass) {
        Shape s = x.shape();
        int unit = 1 << depth;
        if (s.rank() != 4 || s.dim(1) % unit != 0 || s.dim(2) % unit != 0) {
            throw new ShapeException(
                    "unet",
                    "needs (N, H, W, C) with H and W multiples of " + unit + " (2^depth), got " + s
                            + "; crop or pad the image, or use a smaller depth");
        }
        return network.forward(x, pass);
    }

    @Override
    public List<Parameter> parameters() {
        return network.parameters();
    }
}
