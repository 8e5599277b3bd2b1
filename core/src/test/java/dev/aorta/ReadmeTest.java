package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.io.Checkpoint;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example in the README: it compiles, it learns, and it is what stands there. */
class ReadmeTest {
    @TempDir
    Path folder;

    @Test
    void theExampleLearns() throws IOException {
        float[] pixels = new float[4 * 32 * 32];
        float[] classes = new float[pixels.length];
        Random random = new Random(1);
        for (int i = 0; i < pixels.length; i++) {
            classes[i] = Math.hypot(i % 32 - 16, i / 32 % 32 - 16) < 8 ? 1 : 0;
            pixels[i] = classes[i] + (float) random.nextGaussian(0, 0.5);
        }
        float[] mask = example(pixels, classes, folder.resolve("net.safetensors"));
        int right = 0;
        for (int i = 0; i < mask.length; i++) {
            right += mask[i] == classes[i] ? 1 : 0;
        }
        assertThat(right / (double) mask.length).isGreaterThan(0.98);
        assertThat(folder.resolve("net.safetensors")).isNotEmptyFile();
    }

    private static float[] example(float[] pixels, float[] classes, Path file) throws IOException {
        // README
        try (Device device = Device.auto();
                Scope model = Scope.open()) {
            Layers net = new Layers(device, 42); // initial weights depend on the seed and the names
            Layer network = net.sequential(
                    net.conv2d(1, 8, 5).withRelu(), // 5x5, conv1
                    net.conv2d(8, 8, 5).withRelu(), // conv2
                    net.named("score").conv2d(8, 2, 1)); // two classes
            Adam adam = new Adam(network.parameters(), Schedule.constant(0.01));
            for (int step = 0; step < 100; step++) {
                try (Scope scope = Scope.open()) { // records for backward(), gives all memory back when it closes
                    Tensor images = Tensor.of(device, pixels, 4, 32, 32, 1); // (N, H, W, C)
                    Tensor labels = Tensor.of(device, classes, 4, 32, 32);
                    Tensor logits = network.forward(images, Pass.training(42, step));
                    adam.step(logits.crossEntropy(labels, null).backward());
                }
            }
            Checkpoint.save(file, network.parameters(), Map.of("made by", "the README"));
            Tensor images = Tensor.of(device, pixels, 4, 32, 32, 1);
            return network.forward(images, Pass.INFERENCE).argmax().toArray();
        }
        // README
    }

    @Test
    void theExampleStandsInTheReadme() throws IOException {
        Path root = Path.of(System.getProperty("aorta.root"));
        String test = Files.readString(root.resolve("core/src/test/java/dev/aorta/ReadmeTest.java"));
        String example = test.split(" {8}// README\n")[1].indent(-8);
        assertThat(Files.readString(root.resolve("README.md"))).contains("```java\n" + example + "```");
    }
}
