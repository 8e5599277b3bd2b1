package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.zoo.Architecture;
import java.util.Random;

/** Training steps of a classifier of the zoo on images of three channels: forward, cross-entropy, backward, Adam. */
final class TrainedZoo implements AutoCloseable {
    private static final long SEED = 42;

    private final Scope lifetime = Scope.open();
    private final Device device;
    private final Layer network;
    private final Adam adam;
    private final Tensor images;
    private final Tensor labels;

    /**
     * Makes the network, and a batch of noise with classes.
     *
     * @param side rows and columns of an image
     * @param device that {@link #close} closes
     */
    TrainedZoo(Architecture architecture, int batch, int side, Device device) {
        this.device = device;
        network = architecture.build(device, SEED);
        adam = new Adam(network.parameters(), Schedule.constant(1e-4));
        Random random = new Random(SEED);
        float[] values =
                new float[Math.toIntExact(Shape.of(batch, side, side, 3).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        float[] classes = new float[batch];
        for (int i = 0; i < batch; i++) {
            classes[i] = i;
        }
        images = Tensor.of(device, values, batch, side, side, 3);
        labels = Tensor.of(device, classes, batch);
    }

    /** One step, and the loss before it. */
    double step() {
        try (Scope step = Scope.open()) {
            Tensor loss =
                    network.forward(images, Pass.training(0, adam.steps())).crossEntropy(labels, null);
            double value = loss.item();
            adam.step(loss.backward());
            return value;
        }
    }

    /** Numbers of the gradient. */
    int parameters() {
        return network.parameters().stream()
                .filter(Parameter::trainable)
                .mapToInt(p -> p.shape().size())
                .sum();
    }

    @Override
    public void close() {
        lifetime.close();
        device.close();
    }
}
