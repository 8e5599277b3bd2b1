package dev.aorta.zoo;

import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;

/**
 * DeepLabV3+ on a residual network, images (N, H, W, channels) to logits (N, H, W, classes) for H and W multiples of 16:
 * depthwise atrous convolutions side by side at a sixteenth of the size, joined with features at a quarter. Torchvision has
 * DeepLabV3 alone; structure and names are those of segmentation_models.pytorch's {@code DeepLabV3Plus} with an encoder {@code
 * resnet..} and {@code encoder_output_stride} 16.
 *
 * @param encoder its number of classes does not count
 * @param width channels of the decoder, 256 in the paper
 * @param classes of the logits
 * @see <a href="https://arxiv.org/abs/1802.02611">Chen et al. 2018</a>
 */
public record DeepLabV3Plus(ResNet encoder, int width, int classes) implements Architecture {
    private static final int[] RATES = {12, 24, 36};
    private static final int FINE = 48; // channels of the features at a quarter of the size

    /**
     * On a ResNet-34, for one class: 22,437,457 parameters.
     *
     * @return the architecture
     */
    public static DeepLabV3Plus resnet34() {
        return new DeepLabV3Plus(ResNet.resnet34(), 256, 1);
    }

    /**
     * The same on another residual network.
     *
     * @param other for images of the same channels
     * @return the architecture
     */
    public DeepLabV3Plus withEncoder(ResNet other) {
        return new DeepLabV3Plus(other, width, classes);
    }

    /**
     * The same with other channels of the decoder.
     *
     * @param other channels of the decoder
     * @return the architecture
     */
    public DeepLabV3Plus withWidth(int other) {
        return new DeepLabV3Plus(encoder, other, classes);
    }

    /**
     * The same for other classes.
     *
     * @param other number of classes
     * @return the architecture
     */
    public DeepLabV3Plus withClasses(int other) {
        return new DeepLabV3Plus(encoder, width, other);
    }

    @Override
    public Layer build(Layers net) {
        Layers body = net.in("encoder");
        Layers decoder = net.in("decoder");
        Layers aspp = decoder.in("aspp");
        Layer coarse = net.sequential(
                encoder.stage(body, 2, 2, 1, 1),
                encoder.stage(body, 3, 2, 1, 1),
                encoder.stage(body, 4, 1, 2, 2),
                pyramid(aspp.in("0"), encoder.out(4)),
                separable(aspp.in("1"), width, width, 1),
                aspp.named("2").batchNorm(width).then(Unary.RELU),
                enlarge(net));
        Layer fine = pointwise(decoder.in("block1"), encoder.out(1), FINE);
        Layers joined = decoder.in("block2");
        return net.named("deeplab")
                .sequential(
                        net.function(DeepLabV3Plus::requireSize),
                        encoder.stem(body),
                        encoder.stage(body, 1, 1, 1, 1),
                        net.concat(coarse, fine),
                        separable(joined.in("0"), width + FINE, width, 1),
                        joined.named("1").batchNorm(width).then(Unary.RELU),
                        net.in("segmentation_head").named("0").conv2d(width, classes, 1),
                        enlarge(net));
    }

    /** Convolutions of several dilations and the mean of the image, side by side and then mixed. */
    private Layer pyramid(Layers net, int in) {
        Layers convs = net.in("convs");
        Layer[] branches = new Layer[RATES.length + 2];
        branches[0] = pointwise(convs.in("0"), in, width);
        for (int i = 1; i <= RATES.length; i++) {
            Layers branch = convs.in("" + i);
            branches[i] = net.sequential(
                    separable(branch.in("0"), in, width, RATES[i - 1]),
                    branch.named("1").batchNorm(width).then(Unary.RELU));
        }
        branches[RATES.length + 1] = mean(convs.in("" + (RATES.length + 1)), in);
        return net.sequential(
                net.concat(branches), pointwise(net.in("project"), branches.length * width, width), net.dropout(0.5f));
    }

    private static Layer pointwise(Layers net, int in, int out) {
        return Blocks.convNorm(net, in, out, 1, Blocks.window(1, 1, 1), Unary.RELU);
    }

    /** A convolution of each channel, and one that mixes them; the first is the dilated one. */
    private static Layer separable(Layers net, int in, int out, int dilation) {
        return net.sequential(
                net.named("0")
                        .conv2d(in, in, 3, Blocks.window(3, 1, dilation).withGroups(in))
                        .withoutBias(),
                net.named("1").conv2d(in, out, 1).withoutBias());
    }

    /** The mean of the image at every pixel. */
    private Layer mean(Layers net, int in) {
        return new SameSize(net.sequential(
                Blocks.pooled(net),
                net.named("1").conv2d(in, width, 1).withoutBias(),
                net.named("2").batchNorm(width).then(Unary.RELU)));
    }

    /** {@code UpsamplingBilinear2d(4)}, which keeps the corners. */
    private static Layer enlarge(Layers net) {
        return net.function(
                x -> Bilinear.resize(x, 4 * x.shape().dim(1), 4 * x.shape().dim(2), true));
    }

    private static Tensor requireSize(Tensor x) {
        Shape s = x.shape();
        if (s.rank() != 4 || s.dim(1) % 16 != 0 || s.dim(2) % 16 != 0) {
            throw new ShapeException(
                    "deeplab", "needs (N, H, W, C) with H and W multiples of 16, got " + s + "; crop or pad the image");
        }
        return x;
    }
}
