package dev.aorta.zoo;

import dev.aorta.backend.Unary;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import java.util.ArrayList;
import java.util.List;

/**
 * EfficientNet-B0, images (N, H, W, channels) to logits (N, classes): inverted residuals with squeeze-and-excitation, SiLU and
 * stochastic depth up to 0.2. Structure and names are torchvision's {@code efficientnet_b0}; 5,288,548 parameters for 1000
 * classes.
 *
 * @param channels of the image
 * @param width factor of all numbers of channels, 1 in B0
 * @param classes of the logits
 * @see <a href="https://arxiv.org/abs/1905.11946">Tan and Le 2019</a>
 */
public record EfficientNet(int channels, double width, int classes) implements Architecture {
    private static final Unary SILU = Unary.of(Unary.Kind.SILU);
    private static final InvertedResiduals RESIDUALS = new InvertedResiduals(0.1f, 1e-5f, SILU, Unary.SIGMOID);
    private static final float DROP = 0.2f;

    private record Stage(int expansion, int kernel, int stride, int out, int blocks) {}

    private static final List<Stage> STAGES = List.of(
            new Stage(1, 3, 1, 16, 1),
            new Stage(6, 3, 2, 24, 2),
            new Stage(6, 5, 2, 40, 2),
            new Stage(6, 3, 2, 80, 3),
            new Stage(6, 5, 1, 112, 3),
            new Stage(6, 5, 2, 192, 4),
            new Stage(6, 3, 1, 320, 1));

    /** For images of three channels and 1000 classes. */
    public EfficientNet() {
        this(3, 1, 1000);
    }

    /**
     * The same for images of other channels.
     *
     * @param other channels of an image
     * @return the architecture
     */
    public EfficientNet withChannels(int other) {
        return new EfficientNet(other, width, classes);
    }

    /**
     * The same with all numbers of channels times another factor.
     *
     * @param other the factor
     * @return the architecture
     */
    public EfficientNet withWidth(double other) {
        return new EfficientNet(channels, other, classes);
    }

    /**
     * The same for other classes.
     *
     * @param other number of classes
     * @return the architecture
     */
    public EfficientNet withClasses(int other) {
        return new EfficientNet(channels, width, other);
    }

    @Override
    public Layer build(Layers net) {
        Layers features = net.in("features");
        List<Layer> chain = new ArrayList<>();
        int in = Blocks.channels(32 * width);
        chain.add(net.sequential(RESIDUALS.conv(features.in("0"), channels, in, 3, 2, 1), net.silu()));
        int all = STAGES.stream().mapToInt(Stage::blocks).sum();
        int number = 0;
        for (Stage s : STAGES) {
            Layers stage = features.in("" + chain.size());
            int out = Blocks.channels(s.out * width);
            List<Layer> blocks = new ArrayList<>();
            for (int i = 0; i < s.blocks; i++) {
                int squeezed = Math.max(1, in / 4);
                float drop = DROP * number++ / all;
                blocks.add(RESIDUALS.block(
                        stage.in("" + i),
                        in,
                        in * s.expansion,
                        out,
                        s.kernel,
                        i == 0 ? s.stride : 1,
                        squeezed,
                        SILU,
                        drop));
                in = out;
            }
            chain.add(stage.sequential(blocks.toArray(Layer[]::new)));
        }
        chain.add(net.sequential(RESIDUALS.conv(features.in("" + chain.size()), in, 4 * in, 1, 1, 1), net.silu()));
        chain.add(net.globalAvgPool2d());
        chain.add(net.dropout(0.2f));
        chain.add(net.in("classifier").named("1").linear(4 * in, classes));
        return net.named("efficientnet").sequential(chain.toArray(Layer[]::new));
    }
}
