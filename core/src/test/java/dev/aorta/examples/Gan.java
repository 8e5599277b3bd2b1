package dev.aorta.examples;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A generator learns to put points on a circle, from a critic that learns to tell them from true ones: two losses and two
 * optimisers, one forward pass.
 *
 * @see <a href="https://arxiv.org/abs/1406.2661">Goodfellow et al. 2014</a>
 */
public final class Gan {
    private static final int BATCH = 128;

    private Gan() {}

    public static Layer network(Layers net, int in, int out) {
        return net.sequential(
                net.linear(in, 64), net.leakyRelu(0.2f), net.linear(64, 64), net.leakyRelu(0.2f), net.linear(64, out));
    }

    /** What one step gives: the gradients of what the generator wants, and of what the critic wants. */
    public record Step(Gradients forging, Gradients telling) {
        public static Step of(Layer generator, Layer critic, Tensor noise, Tensor real, Pass pass) {
            Tensor onReal = critic.forward(real, pass); // logits: above 0 is taken for real
            Tensor onFake = critic.forward(generator.forward(noise, pass), pass);
            Gradients forging = onFake.neg().softplus().mean().backwardKeepingHistory();
            Tensor critical =
                    onReal.neg().softplus().mean().add(onFake.softplus().mean());
            return new Step(forging, critical.backward());
        }
    }

    /** Trains; returns the share of 24 arcs of the circle that have a generated point within 0.1. */
    public static double run() {
        try (Device device = Device.auto();
                Scope model = Scope.open()) {
            Layers net = new Layers(device, 42);
            Layer generator = network(net.in("generator"), 2, 2);
            Layer critic = network(net.in("critic"), 2, 1);
            Adam forger = new Adam(generator.parameters(), Schedule.constant(1e-3)).betas(0.5, 0.999);
            Adam judge = new Adam(critic.parameters(), Schedule.constant(1e-3)).betas(0.5, 0.999);
            Random random = new Random(1);
            for (int i = 0; i < 2000; i++) {
                try (Scope scope = Scope.open()) {
                    Step step = Step.of(
                            generator, critic, noise(device, random), circle(device, random), Pass.training(42, i));
                    forger.step(step.forging);
                    judge.step(step.telling);
                }
            }
            return covered(
                    generator.forward(noise(device, random), Pass.INFERENCE).toArray());
        }
    }

    private static Tensor noise(Device device, Random random) {
        float[] z = new float[2 * BATCH];
        for (int i = 0; i < z.length; i++) {
            z[i] = (float) random.nextGaussian();
        }
        return Tensor.of(device, z, BATCH, 2);
    }

    private static Tensor circle(Device device, Random random) {
        Tensor points = noise(device, random);
        return points.div(points.square().sum(1).sqrt().unsqueeze(1));
    }

    private static double covered(float[] points) {
        boolean[] arcs = new boolean[24];
        for (int i = 0; i < points.length; i += 2) {
            double turn = Math.atan2(points[i + 1], points[i]) / (2 * Math.PI) + 0.5;
            arcs[(int) (turn * arcs.length) % arcs.length] |= Math.abs(Math.hypot(points[i], points[i + 1]) - 1) < 0.1;
        }
        return IntStream.range(0, arcs.length).filter(i -> arcs[i]).count() / (double) arcs.length;
    }
}
