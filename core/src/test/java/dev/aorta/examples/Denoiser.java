package dev.aorta.examples;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.data.DataLoader;
import dev.aorta.loss.Loss;
import dev.aorta.metric.RegressionMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.Trainer;

/** An autoencoder that takes the noise off digits: strided convolutions down, transposed ones up again. */
public final class Denoiser {
    private static final Conv2dOptions HALF = Conv2dOptions.SAME.withStride(2);

    private Denoiser() {}

    public static Layer network(Device device) {
        Layers net = new Layers(device, 42);
        return net.sequential(
                net.conv2d(1, 16, 4, HALF).withRelu(),
                net.conv2d(16, 32, 4, HALF).withRelu(),
                net.conv2d(32, 64, 4, HALF).withRelu(),
                net.convTranspose2d(64, 32, 4, HALF),
                net.relu(),
                net.convTranspose2d(32, 16, 4, HALF),
                net.relu(),
                net.convTranspose2d(16, 1, 4, HALF));
    }

    /** Trains a network from the start; returns its score. */
    public static double run() {
        try (Device device = Device.auto();
                Scope model = Scope.open()) {
            return train(network(device), device);
        }
    }

    /** Trains; returns the share of the variance of unseen clean digits that is restored from noisy ones. */
    static double train(Layer network, Device device) {
        DataLoader training = new DataLoader(Digits.noisy(2000, 1), 16).shuffled(1);
        DataLoader test = new DataLoader(Digits.noisy(500, 2), 100);
        int epochs = 4;
        Schedule schedule = Schedule.cosine(6e-3, 0, (long) epochs * training.batches());
        Adam adam = new Adam(network.parameters(), schedule);
        return new Trainer(network, device, Loss.mse(), adam)
                .meter(RegressionMeter::new)
                .fit(training, test, epochs)
                .epochs()
                .getLast()
                .judged()
                .get("r2");
    }
}
