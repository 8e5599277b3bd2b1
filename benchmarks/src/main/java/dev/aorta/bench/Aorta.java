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

/** A network in Aorta, as its users train it. */
public final class Aorta implements Trainee {
    private final Device device;
    private final Scope lifetime = Scope.open();
    private final Layer network;
    private final Adam adam;
    private final Tensor image;
    private final Tensor labels;

    /**
     * Loads a network with given weights into Aorta.
     *
     * @param weights by parameter name, in the shapes of {@link Geometry#parameters()}
     * @param threads of the CPU
     * @param rate of learning
     */
    public Aorta(Network network, Map<String, float[]> weights, Batch batch, int threads, double rate) {
        this(network, batch, threads, rate);
        for (Parameter p : this.network.parameters()) {
            p.set(Objects.requireNonNull(weights.get(p.name()), p.name()));
        }
    }

    /** Makes a network with its own initial weights; other arguments as above. */
    public Aorta(Network network, Batch batch, int threads, double rate) {
        this(network, batch, Device.cpu(threads), rate);
    }

    /** As above on a given device, which {@link #close} closes. */
    Aorta(Network network, Batch batch, Device device, double rate) {
        this.device = device;
        this.network = network.model(device);
        adam = new Adam(this.network.parameters(), Schedule.constant(rate));
        float[] classes = new float[batch.labels().length];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = batch.labels()[i];
        }
        int side = batch.side();
        image = Tensor.of(device, batch.images(), batch.size(), side, side, 1);
        labels = Tensor.of(device, classes, batch.size(), side, side);
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
            network.forward(image, Pass.INFERENCE);
        }
    }

    @Override
    public float[] logits() {
        try (Scope run = Scope.noGrad()) {
            return network.forward(image, Pass.INFERENCE).toArray();
        }
    }

    @Override
    public Map<String, float[]> gradients() {
        try (Scope step = Scope.open()) {
            Gradients gradients = loss().backward();
            Map<String, float[]> result = new LinkedHashMap<>();
            network.parameters()
                    .forEach(p -> result.put(p.name(), gradients.of(p).toArray()));
            return result;
        }
    }

    @Override
    public void close() {
        lifetime.close();
        device.close();
    }

    private Tensor loss() {
        return network.forward(image, Pass.training(0, adam.steps())).crossEntropy(labels, null);
    }
}
