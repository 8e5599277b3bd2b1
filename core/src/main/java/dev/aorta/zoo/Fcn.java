package dev.aorta.zoo;

import dev.aorta.backend.Unary;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;

/**
 * A fully convolutional network on a residual one, images (N, H, W, channels) to logits (N, H, W, classes): the last two stages
 * are dilated instead of strided, and the result is enlarged eight times. Structure and names are torchvision's {@code
 * fcn_resnet50}, without its auxiliary classifier: 32,957,013 parameters for 21 classes.
 *
 * @param body its number of classes does not count
 * @param classes of the logits
 * @see <a href="https://arxiv.org/abs/1411.4038">Long, Shelhamer and Darrell 2015</a>
 */
public record Fcn(ResNet body, int classes) implements Architecture {
    /**
     * On a ResNet-50, for the 21 classes of Pascal VOC.
     *
     * @return the architecture
     */
    public static Fcn resnet50() {
        return new Fcn(ResNet.resnet50(), 21);
    }

    /**
     * The same on another residual network.
     *
     * @param other for images of the same channels
     * @return the architecture
     */
    public Fcn withBody(ResNet other) {
        return new Fcn(other, classes);
    }

    /**
     * The same for other classes.
     *
     * @param other number of classes
     * @return the architecture
     */
    public Fcn withClasses(int other) {
        return new Fcn(body, other);
    }

    @Override
    public Layer build(Layers net) {
        Layers backbone = net.in("backbone");
        Layers classifier = net.in("classifier");
        int in = body.out(4);
        int inner = in / 4;
        Layer coarse = net.sequential(
                body.stem(backbone),
                body.stage(backbone, 1, 1, 1, 1),
                body.stage(backbone, 2, 2, 1, 1),
                body.stage(backbone, 3, 1, 1, 2),
                body.stage(backbone, 4, 1, 2, 4),
                Blocks.convNorm(classifier, in, inner, 3, Blocks.window(3, 1, 1), Unary.RELU),
                net.dropout(0.1f),
                classifier.named("4").conv2d(inner, classes, 1));
        return new SameSize(coarse);
    }
}
