package dev.aorta.examples;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.data.DataLoader;
import dev.aorta.loss.Loss;
import dev.aorta.metric.ClassificationMeter;
import dev.aorta.nn.Init;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Trainer;

/**
 * A small vision transformer that reads digits: the image in patches, each a word of a sequence that attends to itself.
 *
 * @see <a href="https://arxiv.org/abs/2010.11929">Dosovitskiy et al. 2021</a>
 */
public final class VisionTransformer {
    private static final int PATCH = 4; // rows and columns
    private static final int PATCHES = Digits.SIDE / PATCH * (Digits.SIDE / PATCH);
    private static final int WIDTH = 32;
    private static final int HEADS = 4;

    private VisionTransformer() {}

    public static Layer network(Device device) {
        Layers net = new Layers(device, 42).with(Init.GLOROT_UNIFORM);
        return net.sequential(
                net.conv2d(1, WIDTH, PATCH, Conv2dOptions.VALID.withStride(PATCH)),
                net.function(x -> x.reshape(-1, PATCHES, WIDTH)),
                net.positions(PATCHES, WIDTH),
                block(net.in("block1")),
                block(net.in("block2")),
                net.layerNorm(WIDTH),
                net.function(x -> x.mean(1)),
                net.linear(WIDTH, 10));
    }

    private static Layer block(Layers net) {
        return net.sequential(
                net.residual(net.sequential(net.layerNorm(WIDTH), net.attention(WIDTH, HEADS))),
                net.residual(net.sequential(
                        net.layerNorm(WIDTH), net.linear(WIDTH, 4 * WIDTH), net.gelu(), net.linear(4 * WIDTH, WIDTH))));
    }

    /** Trains; returns the share of digits that it reads right among 500 that it has not seen. */
    public static double run() {
        try (Device device = Device.auto();
                Scope model = Scope.open()) {
            Layer network = network(device);
            DataLoader training = new DataLoader(Digits.labelled(6000, 1), 25).shuffled(1);
            DataLoader test = new DataLoader(Digits.labelled(500, 2), 100);
            int epochs = 3;
            long steps = (long) epochs * training.batches();
            Schedule schedule = Schedule.warmUp(steps / 10, Schedule.cosine(5e-3, 0, steps - steps / 10));
            return new Trainer(
                            network,
                            device,
                            Loss.crossEntropy(),
                            new Adam(network.parameters(), schedule).weightDecay(0.01))
                    .meter(() -> new ClassificationMeter(10))
                    .fit(training, test, epochs)
                    .epochs()
                    .getLast()
                    .judged()
                    .get("accuracy");
        }
    }
}
