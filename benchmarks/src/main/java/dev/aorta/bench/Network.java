package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.nn.Layer;
import dev.aorta.unet.model.LabNetwork;
import dev.aorta.unet.model.Norm;

/** A network that the benchmarks train, on 256 x 256 images of one channel, with two classes. */
public sealed interface Network {
    /** Rows and columns of the image. */
    int SIZE = 256;

    /** Classes that a pixel may have. */
    int CLASSES = 2;

    /** Logits of a batch of images. */
    <T> T forward(Layers<T> layers, T image);

    /** The same network as users of Aorta have it. */
    Layer model(Device device);

    /** Short name for tables, for example {@code unet-32}. */
    String label();

    /** The network called {@code unet-BASE} or {@code lab}. */
    static Network named(String label) {
        if (label.equals("lab")) {
            return new Lab();
        }
        if (label.matches("unet-\\d+")) {
            return new UNet(Integer.parseInt(label.substring(5)));
        }
        throw new IllegalArgumentException(
                "no network '" + label + "'; there are lab and unet-BASE, for example unet-32");
    }

    /**
     * The U-Net of Ronneberger et al. with four levels and SAME padding: two 3x3 convolutions a level, 2x2 max pooling down, 2x2
     * transposed convolution and concatenation up, 1x1 head.
     *
     * @param base channels of the first level; each level below has twice as many
     * @see <a href="https://arxiv.org/abs/1505.04597">Ronneberger et al. 2015</a>
     */
    record UNet(int base) implements Network {
        private static final int DEPTH = 4;

        @Override
        public String label() {
            return "unet-" + base;
        }

        @Override
        public Layer model(Device device) {
            return new dev.aorta.unet.model.UNet(device, 1, CLASSES, base, DEPTH, Norm.NONE, 0);
        }

        @Override
        public <T> T forward(Layers<T> layers, T image) {
            return layers.conv("head", level(layers, image, 0), CLASSES, 1, 1, false);
        }

        private <T> T level(Layers<T> layers, T x, int depth) {
            if (depth == DEPTH) {
                return twice(layers, "bottom", x, base << depth);
            }
            T skip = twice(layers, "enc" + (depth + 1), x, base << depth);
            T below = level(layers, layers.maxPool(skip), depth + 1);
            String name = "dec" + (depth + 1);
            T up = layers.transposedConv(name + ".up", below, base << depth, 2, 2);
            return twice(layers, name, layers.concat(skip, up), base << depth);
        }

        private static <T> T twice(Layers<T> layers, String name, T x, int channels) {
            T first = layers.conv(name + ".conv1", x, channels, 3, 1, true);
            return layers.conv(name + ".conv2", first, channels, 3, 1, true);
        }
    }

    /** The fully convolutional network of the 2017 cardiac segmentation lab: 5x5 stride-2 convolutions and one 31x31 upsampling. */
    record Lab() implements Network {
        @Override
        public String label() {
            return "lab";
        }

        @Override
        public Layer model(Device device) {
            return LabNetwork.of(device, 0);
        }

        @Override
        public <T> T forward(Layers<T> layers, T image) {
            T x = layers.maxPool(layers.conv("conv1", image, 100, 5, 2, true));
            x = layers.maxPool(layers.conv("conv2", x, 200, 5, 2, true));
            x = layers.conv("conv3", x, 300, 3, 1, true);
            x = layers.conv("conv4", x, 300, 3, 1, true);
            x = layers.conv("score", x, CLASSES, 1, 1, true);
            return layers.transposedConv("up", x, CLASSES, 31, 16);
        }
    }
}
