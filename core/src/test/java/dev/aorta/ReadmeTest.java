package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.io.StateDict;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.Onnx;
import dev.aorta.onnx.OnnxNetwork;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.Graph;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.ModelWriter;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import dev.aorta.onnx.proto.ValueInfo;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples in the README: they compile, they do what they say, and they are what stands there. */
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
            StateDict.save(file, network); // StateDict.load(file, network) is the way back
            try (Scope prediction = Scope.noGrad()) { // records nothing
                Tensor images = Tensor.of(device, pixels, 4, 32, 32, 1);
                return network.forward(images, Pass.INFERENCE).argmax().toArray();
            }
        }
        // README
    }

    @Test
    void theExampleOfOnnxClassifies() throws IOException {
        float[] weights = {0, 0, 0, 0, 1, 0, 0, 0, 0.5f}; // the second class is green
        Graph graph = new Graph(
                "classes",
                List.of(
                        Node.of("", "GlobalAveragePool", List.of("image"), List.of("mean"), new LinkedHashMap<>()),
                        Node.of("", "Conv", List.of("mean", "weight"), List.of("scores"), new LinkedHashMap<>()),
                        Node.of("", "Flatten", List.of("scores"), List.of("classes"), new LinkedHashMap<>())),
                List.of(TensorProto.of("weight", weights, 3, 3, 1, 1)),
                List.of(new ValueInfo("image", ElementType.FLOAT, null)),
                List.of(new ValueInfo("classes", ElementType.FLOAT, null)));
        Path file = folder.resolve("classes.onnx");
        ModelWriter.write(Model.of(8, "test", 17, new LinkedHashMap<>(), graph), file);
        float[] pixels = new float[224 * 224 * 3];
        for (int i = 1; i < pixels.length; i += 3) {
            pixels[i] = 1;
        }
        assertThat(classify(file, pixels)).isEqualTo(1);
    }

    private static int classify(Path file, float[] pixels) throws IOException {
        // README ONNX
        try (Device device = Device.auto();
                Scope scope = Scope.noGrad()) {
            OnnxNetwork network = Onnx.load(file, device); // its weights are parameters
            Tensor image = Tensor.of(device, pixels, 1, 224, 224, 3); // (N, H, W, C), scaled as in its training
            Tensor scores = network.channelsLast().forward(image, Pass.INFERENCE);
            System.out.println(
                    network + ", likeliest class " + scores.softmax().max().item());
            return (int) scores.argmax().toArray()[0];
        }
        // README ONNX
    }

    @Test
    void theExamplesStandInTheReadme() throws IOException {
        Path root = Path.of(System.getProperty("aorta.root"));
        String test = Files.readString(root.resolve("core/src/test/java/dev/aorta/ReadmeTest.java"));
        String readme = Files.readString(root.resolve("README.md"));
        for (String mark : List.of("README", "README ONNX")) {
            String example = test.split(" {8}// " + mark + "\n")[1].indent(-8);
            assertThat(readme).contains("```java\n" + example + "```");
        }
    }
}
