package dev.aorta.zoo;

import dev.aorta.Conv2dOptions;
import dev.aorta.backend.Unary;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import java.util.ArrayList;
import java.util.List;

/**
 * MobileNetV2, images (N, H, W, channels) to logits (N, classes): inverted residuals with depthwise convolutions, ReLU6.
 * Structure and names are torchvision's; 3,504,872 parameters for 1000 classes.
 *
 * @param channels of the image
 * @param width factor of all numbers of channels, 1 in the paper
 * @param classes of the logits
 * @see <a href="https://arxiv.org/abs/1801.04381">Sandler et al. 2018</a>
 */
public record MobileNetV2(int channels, double width, int classes) implements Architecture {
    /** Expansion, channels, blocks and stride of each stage. */
    private static final int[][] STAGES = {
        {1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}
    };

    /** For images of three channels and 1000 classes. */
    public MobileNetV2() {
        this(3, 1, 1000);
    }

    /**
     * The same for images of other channels.
     *
     * @param other channels of an image
     * @return the architecture
     */
    public MobileNetV2 withChannels(int other) {
        return new MobileNetV2(other, width, classes);
    }

    /**
     * The same with all numbers of channels times another factor.
     *
     * @param other the factor
     * @return the architecture
     */
    public MobileNetV2 withWidth(double other) {
        return new MobileNetV2(channels, other, classes);
    }

    /**
     * The same for other classes.
     *
     * @param other number of classes
     * @return the architecture
     */
    public MobileNetV2 withClasses(int other) {
        return new MobileNetV2(channels, width, other);
    }

    @Override
    public Layer build(Layers net) {
        Layers features = net.in("features");
        List<Layer> chain = new ArrayList<>();
        int in = Blocks.channels(32 * width);
        chain.add(convNorm6(features.in("0"), channels, in, 3, 2, 1));
        for (int[] stage : STAGES) {
            int out = Blocks.channels(stage[1] * width);
            for (int i = 0; i < stage[2]; i++) {
                Layers block = features.in("" + chain.size()).in("conv");
                chain.add(block(block, in, in * stage[0], out, i == 0 ? stage[3] : 1));
                in = out;
            }
        }
        int last = Blocks.channels(1280 * Math.max(1, width));
        chain.add(convNorm6(features.in("" + chain.size()), in, last, 1, 1, 1));
        chain.add(net.globalAvgPool2d());
        chain.add(net.dropout(0.2f));
        chain.add(net.in("classifier").named("1").linear(last, classes));
        return net.named("mobilenetV2").sequential(chain.toArray(Layer[]::new));
    }

    private static Layer block(Layers net, int in, int hidden, int out, int stride) {
        List<Layer> chain = new ArrayList<>();
        if (hidden != in) {
            chain.add(convNorm6(net.in("0"), in, hidden, 1, 1, 1));
        }
        chain.add(convNorm6(net.in("" + chain.size()), hidden, hidden, 3, stride, hidden));
        int next = chain.size();
        chain.add(net.named("" + next).conv2d(hidden, out, 1).withoutBias());
        chain.add(net.named("" + (next + 1)).batchNorm(out));
        Layer body = net.sequential(chain.toArray(Layer[]::new));
        return in == out && stride == 1 ? net.residual(body) : body;
    }

    private static Layer convNorm6(Layers net, int in, int out, int kernel, int stride, int groups) {
        Conv2dOptions window = Blocks.window(kernel, stride, 1).withGroups(groups);
        return Blocks.convNorm(net, in, out, kernel, window, Unary.RELU6);
    }
}
