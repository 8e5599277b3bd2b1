package dev.aorta.zoo;

import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.backend.Unary;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A residual network for images (N, H, W, channels) to logits (N, classes), of any size from 32 x 32 on. Structure and names are
 * torchvision's.
 *
 * @param bottleneck whether a block is 1x1, 3x3, 1x1 with four times as many channels at its end, or two 3x3
 * @param blocks in each of the four stages
 * @param channels of the image
 * @param width channels of the first stage, 64 in the paper
 * @param classes of the logits
 * @see <a href="https://arxiv.org/abs/1512.03385">He et al. 2016</a>
 */
public record ResNet(boolean bottleneck, List<Integer> blocks, int channels, int width, int classes)
        implements Architecture {
    /** Checks the number of stages. */
    public ResNet {
        blocks = List.copyOf(blocks);
        if (blocks.size() != 4) {
            throw new IllegalArgumentException("[resnet] has four stages, got blocks " + blocks);
        }
    }

    /**
     * 11,689,512 parameters for 1000 classes.
     *
     * @return the architecture
     */
    public static ResNet resnet18() {
        return new ResNet(false, List.of(2, 2, 2, 2), 3, 64, 1000);
    }

    /**
     * 21,797,672 parameters for 1000 classes.
     *
     * @return the architecture
     */
    public static ResNet resnet34() {
        return new ResNet(false, List.of(3, 4, 6, 3), 3, 64, 1000);
    }

    /**
     * 25,557,032 parameters for 1000 classes.
     *
     * @return the architecture
     */
    public static ResNet resnet50() {
        return new ResNet(true, List.of(3, 4, 6, 3), 3, 64, 1000);
    }

    /**
     * The same for images of other channels.
     *
     * @param other channels of an image
     * @return the architecture
     */
    public ResNet withChannels(int other) {
        return new ResNet(bottleneck, blocks, other, width, classes);
    }

    /**
     * The same with another number of channels in the first stage.
     *
     * @param other channels of the first stage
     * @return the architecture
     */
    public ResNet withWidth(int other) {
        return new ResNet(bottleneck, blocks, channels, other, classes);
    }

    /**
     * The same for other classes.
     *
     * @param other number of classes
     * @return the architecture
     */
    public ResNet withClasses(int other) {
        return new ResNet(bottleneck, blocks, channels, width, other);
    }

    @Override
    public Layer build(Layers net) {
        return net.named("resnet")
                .sequential(
                        stem(net),
                        stage(net, 1, 1, 1, 1),
                        stage(net, 2, 2, 1, 1),
                        stage(net, 3, 2, 1, 1),
                        stage(net, 4, 2, 1, 1),
                        net.globalAvgPool2d(),
                        net.named("fc").linear(out(4), classes));
    }

    /** (N, H, W, channels) to (N, H / 4, W / 4, width). */
    Layer stem(Layers net) {
        return net.sequential(
                convNorm(net, "1", channels, width, 7, 2, 1, Unary.RELU),
                net.maxPool2d(Pool2dOptions.of(3).withStride(2).withPadding(Padding.of(1))));
    }

    /** Channels that a stage makes. */
    int out(int stage) {
        return inner(stage) * (bottleneck ? 4 : 1);
    }

    private int inner(int stage) {
        return width << (stage - 1);
    }

    /**
     * One of the four stages; those of segmentation are dilated instead of strided.
     *
     * @param first dilation of the first block
     * @param dilation of the others
     */
    Layer stage(Layers net, int stage, int stride, int first, int dilation) {
        Layers part = net.in("layer" + stage);
        List<Layer> chain = new ArrayList<>();
        for (int i = 0; i < blocks.get(stage - 1); i++) {
            int in = i > 0 ? out(stage) : stage > 1 ? out(stage - 1) : width;
            chain.add(block(part.in("" + i), in, stage, i == 0 ? stride : 1, i == 0 ? first : dilation));
        }
        return part.sequential(chain.toArray(Layer[]::new));
    }

    private Layer block(Layers net, int in, int stage, int stride, int dilation) {
        int inner = inner(stage);
        int out = out(stage);
        Layer body = bottleneck
                ? net.sequential(
                        convNorm(net, "1", in, inner, 1, 1, 1, Unary.RELU),
                        convNorm(net, "2", inner, inner, 3, stride, dilation, Unary.RELU),
                        convNorm(net, "3", inner, out, 1, 1, 1, null))
                : net.sequential(
                        convNorm(net, "1", in, out, 3, stride, dilation, Unary.RELU),
                        convNorm(net, "2", out, out, 3, 1, dilation, null));
        Layer shortcut = in == out && stride == 1
                ? net.identity()
                : Blocks.convNorm(net.in("downsample"), in, out, 1, Blocks.window(1, stride, 1), null);
        return net.sequential(net.residual(body, shortcut), net.relu());
    }

    private static Layer convNorm(
            Layers net, String number, int in, int out, int kernel, int stride, int dilation, @Nullable Unary then) {
        return net.sequential(
                net.named("conv" + number)
                        .conv2d(in, out, kernel, Blocks.window(kernel, stride, dilation))
                        .withoutBias(),
                net.named("bn" + number).batchNorm(out).then(then));
    }
}
