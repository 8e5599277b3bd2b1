package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** A network in Aorta, as its users train it, but without dropout, whose choices no two engines share. */
public final class Aorta implements Trainee {
    private static final Pass TRAINING = new Pass(true, false, 0, null);

    private final Device device;
    private final Scope lifetime = Scope.open();
    private final Layer network;
    private final Layer inferring;
    private final Adam adam;
    private final Tensor images;
    private final Tensor labels;

    /**
     * Loads a network with given weights into Aorta.
     *
     * @param weights by parameter name, in the shapes of {@link Geometry#parameters()}
     * @param threads of the CPU
     */
    public Aorta(Network network, Map<String, float[]> weights, Batch batch, int threads) {
        this(network, batch, threads);
        for (Parameter p : this.network.parameters()) {
            p.set(Objects.requireNonNull(weights.get(p.name()), p.name()));
        }
    }

    /** Makes a network with its own initial weights; other arguments as above. */
    public Aorta(Network network, Batch batch, int threads) {
        this(network, batch, Device.cpu(threads));
    }

    /** As above on a given device, which {@link #close} closes. */
    Aorta(Network network, Batch batch, Device device) {
        this(device, network::model, on -> images(batch, on), on -> labels(batch, on), trained -> trained);
    }

    /**
     * Any network.
     *
     * @param device that {@link #close} closes
     * @param build makes the network on it
     * @param images makes (N, H, W, C) on it
     * @param labels makes their classes, or those of their pixels
     * @param forInference what infers in the place of a network, with the weights that it has now
     */
    Aorta(
            Device device,
            Function<Device, Layer> build,
            Function<Device, Tensor> images,
            Function<Device, Tensor> labels,
            UnaryOperator<Layer> forInference) {
        this.device = device;
        network = build.apply(device);
        inferring = forInference.apply(network);
        adam = new Adam(network.parameters(), Schedule.constant(RATE));
        this.images = images.apply(device);
        this.labels = labels.apply(device);
    }

    private static Tensor images(Batch batch, Device device) {
        return Tensor.of(device, batch.images(), batch.size(), batch.side(), batch.side(), 1);
    }

    private static Tensor labels(Batch batch, Device device) {
        float[] classes = new float[batch.labels().length];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = batch.labels()[i];
        }
        return Tensor.of(device, classes, batch.size(), batch.side(), batch.side());
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
            inferring.forward(images, Pass.INFERENCE).buffer();
        }
    }

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
                    .filter(Parameter::trainable)
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
