package dev.aorta.examples;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.util.Random;

/** A curve through noisy points: the whole training loop, with nothing hidden. */
public final class Regression {
    private Regression() {}

    public static Layer network(Device device) {
        Layers net = new Layers(device, 42);
        return net.sequential(
                net.linear(1, 32),
                net.activation(Unary.TANH),
                net.linear(32, 32),
                net.activation(Unary.TANH),
                net.linear(32, 1));
    }

    /** Trains on 256 points of {@code sin 3x}; returns the root of the mean squared distance to the curve without noise. */
    public static double run() {
        try (Device device = Device.auto();
                Scope model = Scope.open()) {
            float[] x = new float[256];
            float[] curve = new float[x.length];
            float[] noisy = new float[x.length];
            Random random = new Random(1);
            for (int i = 0; i < x.length; i++) {
                x[i] = 4f * i / x.length - 2;
                curve[i] = (float) Math.sin(3 * x[i]);
                noisy[i] = curve[i] + (float) random.nextGaussian(0, 0.1);
            }
            Tensor points = Tensor.of(device, x, x.length, 1);
            Tensor values = Tensor.of(device, noisy, x.length, 1);
            Layer network = network(device);
            Adam adam = new Adam(network.parameters(), Schedule.constant(0.01));
            for (int step = 0; step < 500; step++) {
                try (Scope scope = Scope.open()) { // records for backward(), gives all memory back when it closes
                    Tensor y = network.forward(points, Pass.training(42, step));
                    adam.step(y.sub(values).square().mean().backward());
                }
            }
            Tensor error = network.forward(points, Pass.INFERENCE).sub(Tensor.of(device, curve, x.length, 1));
            return error.square().mean().sqrt().item();
        }
    }
}
