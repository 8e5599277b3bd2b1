package dev.aorta.zoo;

import dev.aorta.Conv2dOptions;
import dev.aorta.Parameter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.LayerNormLayer;
import dev.aorta.nn.Layers;
import java.util.ArrayList;
import java.util.List;

/**
 * ConvNeXt-tiny, images (N, H, W, channels) to logits (N, classes): 7x7 depthwise convolutions, layer normalisation, GELU,
 * stochastic depth up to 0.1. Structure and names are torchvision's {@code convnext_tiny}; 28,589,128 parameters for 1000 classes.
 *
 * @param blocks in each of the four stages
 * @param channels of the image
 * @param width channels of the first stage, 96 in tiny
 * @param classes of the logits
 * @see <a href="https://arxiv.org/abs/2201.03545">Liu et al. 2022</a>
 */
public record ConvNeXt(List<Integer> blocks, int channels, int width, int classes) implements Architecture {
    private static final float DROP = 0.1f;

    /** Copies the list. */
    public ConvNeXt {
        blocks = List.copyOf(blocks);
    }

    /**
     * For images of three channels and 1000 classes.
     *
     * @return the architecture
     */
    public static ConvNeXt tiny() {
        return new ConvNeXt(List.of(3, 3, 9, 3), 3, 96, 1000);
    }

    /**
     * The same with other numbers of blocks.
     *
     * @param other blocks of each stage
     * @return the architecture
     */
    public ConvNeXt withBlocks(List<Integer> other) {
        return new ConvNeXt(other, channels, width, classes);
    }

    /**
     * The same for images of other channels.
     *
     * @param other channels of an image
     * @return the architecture
     */
    public ConvNeXt withChannels(int other) {
        return new ConvNeXt(blocks, other, width, classes);
    }

    /**
     * The same with another number of channels in the first stage.
     *
     * @param other channels of the first stage
     * @return the architecture
     */
    public ConvNeXt withWidth(int other) {
        return new ConvNeXt(blocks, channels, other, classes);
    }

    /**
     * The same for other classes.
     *
     * @param other number of classes
     * @return the architecture
     */
    public ConvNeXt withClasses(int other) {
        return new ConvNeXt(blocks, channels, width, other);
    }

    @Override
    public Layer build(Layers net) {
        Layers features = net.in("features");
        List<Layer> chain = new ArrayList<>();
        Layers stem = features.in("0");
        chain.add(stem.named("0").conv2d(channels, width, 4, Conv2dOptions.VALID.withStride(4)));
        chain.add(norm(stem, "1", width));
        int all = blocks.stream().mapToInt(Integer::intValue).sum();
        int number = 0;
        int in = width;
        for (int stage = 0; stage < blocks.size(); stage++) {
            if (stage > 0) {
                Layers halving = features.in("" + 2 * stage);
                chain.add(norm(halving, "0", in));
                chain.add(halving.named("1").conv2d(in, 2 * in, 2, Conv2dOptions.VALID.withStride(2)));
                in *= 2;
            }
            for (int i = 0; i < blocks.get(stage); i++) {
                Layers block = features.in("" + (2 * stage + 1)).in("" + i);
                chain.add(block(block, in, DROP * number++ / Math.max(1, all - 1)));
            }
        }
        Layers classifier = net.in("classifier");
        chain.add(net.globalAvgPool2d());
        chain.add(norm(classifier, "0", in));
        chain.add(classifier.named("2").linear(in, classes));
        return net.named("convnext").sequential(chain.toArray(Layer[]::new));
    }

    private static Layer block(Layers net, int width, float drop) {
        Parameter scale = net.named("layer_scale").constant(1e-6f, width, 1, 1);
        Layers parts = net.in("block");
        return net.residual(net.sequential(
                parts.named("0").conv2d(width, width, 7, Blocks.window(7, 1, 1).withGroups(width)),
                norm(parts, "2", width),
                parts.named("3").linear(width, 4 * width),
                net.gelu(),
                parts.named("5").linear(4 * width, width),
                net.function(x -> x.mul(scale.reshape(-1)), scale),
                net.stochasticDepth(drop)));
    }

    private static LayerNormLayer norm(Layers net, String name, int width) {
        return net.named(name).layerNorm(width).withEpsilon(1e-6f);
    }
}
