package dev.aorta.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.data.Batch;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Epoch;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Each example trains to the score that docs/examples.md states, from a seed of its own. */
class ExamplesTest {
    @Test
    void theRegressionFindsTheCurve() {
        assertThat(Regression.run()).isLessThan(0.05);
    }

    @Test
    void theResNetReads() {
        assertThat(ResNet.run()).isGreaterThan(0.95);
    }

    @Test
    void theTransformerReads() {
        assertThat(VisionTransformer.run()).isGreaterThan(0.9);
    }

    @Test
    void theDenoiserRestores() throws IOException {
        try (Device device = Device.cpu();
                Scope model = Scope.open()) {
            Layer network = Denoiser.network(device);
            assertThat(Denoiser.train(network, device)).isGreaterThan(0.75);
            draw(network, device, Path.of(System.getProperty("aorta.root"), "core/target/denoised.png"));
        }
    }

    /** Twelve unseen digits, a column each: with noise, restored, without noise. */
    private static void draw(Layer network, Device device, Path file) throws IOException {
        int count = 12;
        int zoom = 4;
        try (Epoch epoch = new DataLoader(Digits.noisy(count, 3), count).epoch(0)) {
            Batch digits = epoch.next();
            Tensor noisy = digits.input(device);
            Tensor[] rows = {noisy, network.forward(noisy, Pass.INFERENCE), digits.labels(device)};
            float[] ink = Tensor.concat(1, rows).toArray(); // (digit, y, x, 1)
            int height = 3 * Digits.SIDE;
            byte[][] picture = new byte[height * zoom][count * Digits.SIDE * zoom];
            for (int y = 0; y < picture.length; y++) {
                for (int x = 0; x < picture[y].length; x++) {
                    int column = x / zoom;
                    int at = (column / Digits.SIDE * height + y / zoom) * Digits.SIDE + column % Digits.SIDE;
                    picture[y][x] = (byte) Math.round(255 * (1 - Math.clamp(ink[at], 0, 1)));
                }
            }
            try (var out = Files.newOutputStream(file)) {
                GreyPng.write(out, picture);
            }
        }
    }

    @Test
    void theGeneratorCoversTheCircle() {
        assertThat(Gan.run()).isGreaterThan(0.9);
    }
}
