package dev.aorta.explain;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.backend.CounterRandom;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;

/** Small networks that have learnt something, in a second. */
final class Trained {
    static final int SIDE = 16;
    private static final int BATCH = 16;

    private Trained() {}

    /** To logits (N, 16, 16, 2): pixels of a bright square. */
    static Layer segmenter(Device device, long seed) {
        Layers net = new Layers(device, seed);
        return net.sequential(
                net.named("first").conv2d(1, 8, 3).withRelu(),
                net.maxPool2d(2),
                net.named("bottom").conv2d(8, 8, 3).withRelu(),
                net.named("up").convTranspose2d(8, 8, 2, Conv2dOptions.SAME.withStride(2)),
                net.relu(),
                net.named("head").conv2d(8, 2, 1));
    }

    /** To logits (N, 2): whether there is a bright square. */
    static Layer classifier(Device device, long seed) {
        Layers net = new Layers(device, seed);
        return net.sequential(
                net.named("first").conv2d(1, 8, 3).withRelu(),
                net.maxPool2d(2),
                net.named("bottom").conv2d(8, 8, 3).withRelu(),
                net.function(x -> x.mean(1, 2)),
                net.named("head").linear(8, 2));
    }

    /** A picture of noise with or without a square of 5 x 5 pixels, and with or without a marker in its first corner. */
    record Picture(float[] image, float[] mask) {
        static Picture of(long seed, float square, boolean marker) {
            float[] image = new float[SIDE * SIDE];
            float[] mask = new float[SIDE * SIDE];
            int top = 5 + (int) (5 * CounterRandom.uniform(seed, -1));
            int left = 5 + (int) (5 * CounterRandom.uniform(seed, -2));
            for (int i = 0; i < image.length; i++) {
                int row = i / SIDE;
                int column = i % SIDE;
                image[i] = 0.3f * CounterRandom.uniform(seed, i);
                if (row >= top && row < top + 5 && column >= left && column < left + 5 && square > 0) {
                    image[i] += square;
                    mask[i] = 1;
                }
                if (marker && row < 3 && column < 3) {
                    image[i] = 1;
                }
            }
            return new Picture(image, mask);
        }

        Tensor on(Device device) {
            return Tensor.of(device, image, 1, SIDE, SIDE, 1);
        }

        byte[] pixels() {
            byte[] pixels = new byte[mask.length];
            for (int i = 0; i < pixels.length; i++) {
                pixels[i] = (byte) mask[i];
            }
            return pixels;
        }
    }

    static Layer learnsSquares(Device device, long seed) {
        Layer network = segmenter(device, seed);
        Adam adam = new Adam(network.parameters(), Schedule.constant(0.02));
        for (int step = 0; step < 80; step++) {
            float[] images = new float[BATCH * SIDE * SIDE];
            float[] masks = new float[images.length];
            for (int i = 0; i < BATCH; i++) {
                Picture p = Picture.of(CounterRandom.bits(seed, step * BATCH + i), 0.7f, false);
                System.arraycopy(p.image, 0, images, i * SIDE * SIDE, SIDE * SIDE);
                System.arraycopy(p.mask, 0, masks, i * SIDE * SIDE, SIDE * SIDE);
            }
            try (Scope scope = Scope.open()) {
                Tensor logits =
                        network.forward(Tensor.of(device, images, BATCH, SIDE, SIDE, 1), Pass.training(seed, step));
                adam.step(logits.crossEntropy(Tensor.of(device, masks, BATCH, SIDE, SIDE), null)
                        .backward());
            }
        }
        return network;
    }

    /** Every second picture has a square, which is faint where a marker tells the class too. */
    static Layer learnsClasses(Device device, long seed, boolean marked) {
        Layer network = classifier(device, seed);
        Adam adam = new Adam(network.parameters(), Schedule.constant(0.02));
        for (int step = 0; step < 120; step++) {
            float[] images = new float[BATCH * SIDE * SIDE];
            float[] labels = new float[BATCH];
            for (int i = 0; i < BATCH; i++) {
                labels[i] = i % 2;
                float square = i % 2 == 0 ? 0 : marked ? 0.15f : 0.7f;
                Picture p = Picture.of(CounterRandom.bits(seed, step * BATCH + i), square, marked && i % 2 == 1);
                System.arraycopy(p.image, 0, images, i * SIDE * SIDE, SIDE * SIDE);
            }
            try (Scope scope = Scope.open()) {
                Tensor logits =
                        network.forward(Tensor.of(device, images, BATCH, SIDE, SIDE, 1), Pass.training(seed, step));
                adam.step(logits.crossEntropy(Tensor.of(device, labels, BATCH), null)
                        .backward());
            }
        }
        return network;
    }
}
