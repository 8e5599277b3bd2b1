package dev.aorta.zoo;

import dev.aorta.backend.Unary;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import java.util.ArrayList;
import java.util.List;

/**
 * MobileNetV3-small, images (N, H, W, channels) to logits (N, classes): inverted residuals with squeeze-and-excitation and hard
 * swish. Structure and names are torchvision's {@code mobilenet_v3_small}; 2,542,856 parameters for 1000 classes.
 *
 * @param channels of the image
 * @param width factor of all numbers of channels, 1 in the paper
 * @param classes of the logits
 * @see <a href="https://arxiv.org/abs/1905.02244">Howard et al. 2019</a>
 */
public record MobileNetV3(int channels, double width, int classes) implements Architecture {
    private static final Unary HARD_SWISH = Unary.of(Unary.Kind.HARD_SWISH);
    private static final InvertedResiduals RESIDUALS =
            new InvertedResiduals(0.01f, 1e-3f, Unary.RELU, new Unary(Unary.Kind.HARD_SIGMOID, 1f / 6, 0.5f));

    private record Block(int kernel, int hidden, int out, boolean squeezed, boolean swish, int stride) {}

    private static final List<Block> BLOCKS = List.of(
            new Block(3, 16, 16, true, false, 2),
            new Block(3, 72, 24, false, false, 2),
            new Block(3, 88, 24, false, false, 1),
            new Block(5, 96, 40, true, true, 2),
            new Block(5, 240, 40, true, true, 1),
            new Block(5, 240, 40, true, true, 1),
            new Block(5, 120, 48, true, true, 1),
            new Block(5, 144, 48, true, true, 1),
            new Block(5, 288, 96, true, true, 2),
            new Block(5, 576, 96, true, true, 1),
            new Block(5, 576, 96, true, true, 1));

    /** For images of three channels and 1000 classes. */
    public MobileNetV3() {
        this(3, 1, 1000);
    }

    /**
     * The same for images of other channels.
     *
     * @param other channels of an image
     * @return the architecture
     */
    public MobileNetV3 withChannels(int other) {
        return new MobileNetV3(other, width, classes);
    }

    /**
     * The same with all numbers of channels times another factor.
     *
     * @param other the factor
     * @return the architecture
     */
    public MobileNetV3 withWidth(double other) {
        return new MobileNetV3(channels, other, classes);
    }

    /**
     * The same for other classes.
     *
     * @param other number of classes
     * @return the architecture
     */
    public MobileNetV3 withClasses(int other) {
        return new MobileNetV3(channels, width, other);
    }

    @Override
    public Layer build(Layers net) {
        Layers features = net.in("features");
        List<Layer> chain = new ArrayList<>();
        int in = scaled(16);
        chain.add(net.sequential(RESIDUALS.conv(features.in("0"), channels, in, 3, 2, 1), net.activation(HARD_SWISH)));
        for (Block b : BLOCKS) {
            int hidden = scaled(b.hidden);
            int squeezed = b.squeezed ? Blocks.channels(hidden / 4.0) : 0;
            Unary activation = b.swish ? HARD_SWISH : Unary.RELU;
            Layers part = features.in("" + chain.size());
            chain.add(RESIDUALS.block(part, in, hidden, scaled(b.out), b.kernel, b.stride, squeezed, activation, 0));
            in = scaled(b.out);
        }
        chain.add(net.sequential(
                RESIDUALS.conv(features.in("" + chain.size()), in, 6 * in, 1, 1, 1), net.activation(HARD_SWISH)));
        Layers classifier = net.in("classifier");
        chain.add(net.globalAvgPool2d());
        chain.add(classifier.named("0").linear(6 * in, scaled(1024)));
        chain.add(net.activation(HARD_SWISH));
        chain.add(net.dropout(0.2f));
        chain.add(classifier.named("3").linear(scaled(1024), classes));
        return net.named("mobilenetV3").sequential(chain.toArray(Layer[]::new));
    }

    private int scaled(int of) {
        return Blocks.channels(of * width);
    }
}
