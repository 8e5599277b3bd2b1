package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.zoo.Architecture;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/**
 * Training steps of a classifier of the zoo on images of three channels: forward, cross-entropy, backward, Adam; without dropout, whose
 * choices no two engines share.
 */
public final class TrainedZoo implements Trainee {
    private static final long SEED = 42;
    private static final Pass TRAINING = new Pass(true, false, 0, null);

    private final Scope lifetime = Scope.open();
    private final Device device;
    private final Layer network;
    private final Adam adam;
    private final Tensor images;
    private final Tensor labels;

    /**
     * Makes the network, and takes {@link #images} with {@link #labels}.
     *
     * @param build makes the network on a device
     * @param side rows and columns of an image
     * @param device that {@link #close} closes
     */
    public TrainedZoo(Function<Device, Layer> build, int batch, int side, Device device) {
        this.device = device;
        network = build.apply(device);
        adam = new Adam(network.parameters(), Schedule.constant(RATE));
        images = Tensor.of(device, images(batch, side), batch, side, side, 3);
        labels = Tensor.of(device, labels(batch), batch);
    }

    /** The network of an architecture with its own initial weights; other arguments as above. */
    static TrainedZoo of(Architecture architecture, int batch, int side, Device device) {
        return new TrainedZoo(on -> architecture.build(on, SEED), batch, side, device);
    }

    /** A batch of noise, (N, H, W, 3). */
    public static float[] images(int batch, int side) {
        Random random = new Random(SEED);
        float[] values =
                new float[Math.toIntExact(Shape.of(batch, side, side, 3).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Their classes, another one for each. */
    public static float[] labels(int batch) {
        float[] classes = new float[batch];
        for (int i = 0; i < batch; i++) {
            classes[i] = i;
        }
        return classes;
    }

    @Override
    public String engine() {
        return "Aorta";
    }

    @Override
    public double step() {
        try (Scope step = Scope.open()) {
            Tensor loss = loss();
            double value = loss.item();
            adam.step(loss.backward());
            return value;
        }
    }

    @Override
    public void infer() {
        try (Scope run = Scope.noGrad()) {
            network.forward(images, Pass.INFERENCE).buffer();
        }
    }

    /** Scores by the running statistics, (N, classes). */
    @Override
    public float[] logits() {
        try (Scope run = Scope.noGrad()) {
            return network.forward(images, Pass.INFERENCE).toArray();
        }
    }

    @Override
    public Map<String, float[]> gradients() {
        try (Scope step = Scope.open()) {
            Gradients gradients = loss().backward();
            Map<String, float[]> result = new LinkedHashMap<>();
            network.parameters().stream()
                    .filter(p -> !p.state())
                    .forEach(p -> result.put(p.name(), gradients.of(p).toArray()));
            return result;
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

    private Tensor loss() {
        return network.forward(images, TRAINING).crossEntropy(labels, null);
    }
}
