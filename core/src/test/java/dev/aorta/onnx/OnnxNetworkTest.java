package dev.aorta.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.io.Checkpoint;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.proto.ModelWriter;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxNetworkTest {
    private static final long[] PADS = {1, 1, 1, 1};

    @TempDir
    private Path folder;

    private static Models small() {
        Random random = new Random(5);
        return Models.opset(17)
                .input("x", -1, 3, 8, 6)
                .weight("conv.weight", random, 4, 3, 3, 3)
                .weight("conv.bias", random, 4)
                .weight("scale", random, 1, 4, 1, 1)
                .weight("fc.weight", random, 5, 4)
                .weight("fc.bias", random, 5)
                .node("Conv x,conv.weight,conv.bias a", "pads", PADS)
                .node("Relu a b")
                .node("Mul b,scale c")
                .node("GlobalAveragePool c d")
                .node("Flatten d e")
                .node("Gemm e,fc.weight,fc.bias y", "transB", 1)
                .output("y");
    }

    private static float[] numbers(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void theFilesOrderAndOursGiveTheSame() {
        OnnxNetwork network = small().load();
        Tensor images = Tensor.of(Device.cpu(), numbers(2 * 8 * 6 * 3, 1), 2, 8, 6, 3);
        float[] ours = network.channelsLast().forward(images, Pass.INFERENCE).toArray();
        float[] files =
                network.forward(images.permute(0, 3, 1, 2), Pass.INFERENCE).toArray();
        assertThat(files).isEqualTo(ours);

        Parameter bias = parameter(network, "conv.bias");
        Tensor own = images.conv2d(parameter(network, "conv.weight"), bias, Conv2dOptions.SAME, true)
                .mul(parameter(network, "scale"))
                .mean(1, 2)
                .linear(parameter(network, "fc.weight"), parameter(network, "fc.bias"));
        assertThat(ours).containsExactly(own.toArray(), within(1e-5f));
    }

    private static Parameter parameter(OnnxNetwork network, String name) {
        return network.parameters().stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void saysWhatItIs() {
        OnnxNetwork network = small().load();
        assertThat(network.inputs()).hasToString("[x float [n, 3, 8, 6]]");
        assertThat(network.outputs()).hasToString("[y float of any shape]");
        assertThat(network.opset()).isEqualTo(17);
        assertThat(network.metadata()).containsEntry("note", "made by a test");
        assertThat(network.operators()).containsEntry("Conv", 1).hasSize(6);
        assertThat(network.fusions()).containsEntry("Conv + Relu", 1);
        assertThat(network.parameters())
                .extracting(Object::toString)
                .containsExactly(
                        "conv.weight [4, 3, 3, 3]", "conv.bias [4]", "scale [4]", "fc.weight [5, 4]", "fc.bias [5]");
    }

    @Test
    void aWrongShapeNamesBothAndTheWayOut() {
        OnnxNetwork network = small().load();
        assertThatThrownBy(() -> network.forward(Tensor.zeros(Device.cpu(), Shape.of(1, 8, 6, 3)), Pass.INFERENCE))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("float [n, 3, 8, 6]")
                .hasMessageContaining("[1, 8, 6, 3]")
                .hasMessageContaining("channelsLast()");
    }

    @Test
    void itsGradientsAreThoseOfCentralDifferences() {
        Device device = Device.reference();
        OnnxNetwork network = small().load(device);
        float[] x = numbers(2 * 3 * 8 * 6, 2);
        float[] weights = numbers(10, 3);
        for (Parameter p : network.parameters()) {
            float[] gradient;
            try (Scope scope = Scope.open()) {
                gradient = loss(network, device, x, weights).backward().of(p).toArray();
            }
            float[] values = p.toArray();
            for (int i = 0; i < values.length; i += Math.max(1, values.length / 5)) {
                double step = 1e-2;
                double difference = (shifted(network, device, p, values, i, step, x, weights)
                                - shifted(network, device, p, values, i, -step, x, weights))
                        / (2 * step);
                assertThat((double) gradient[i])
                        .as("%s [%d]", p, i)
                        .isCloseTo(difference, within(2e-3 + 2e-2 * Math.abs(difference)));
            }
            p.set(values);
        }
    }

    private static Tensor loss(OnnxNetwork network, Device device, float[] x, float[] weights) {
        Tensor y = network.forward(Tensor.of(device, x, 2, 3, 8, 6), Pass.training(1, 0));
        return y.mul(Tensor.of(device, weights, 2, 5)).sum();
    }

    private static double shifted(
            OnnxNetwork network,
            Device device,
            Parameter p,
            float[] values,
            int i,
            double by,
            float[] x,
            float[] weights) {
        float[] moved = values.clone();
        moved[i] += (float) by;
        p.set(moved);
        try (Scope scope = Scope.noGrad()) {
            return loss(network, device, x, weights).item();
        }
    }

    @Test
    void isTrainedFurtherFrozenAndSaved() throws Exception {
        OnnxNetwork network = small().load();
        Parameter kernel = parameter(network, "conv.weight");
        kernel.freeze();
        float[] frozen = kernel.toArray();
        Adam adam = new Adam(network.parameters(), Schedule.constant(0.01));
        float[] labels = {1, 3};
        double[] losses = new double[5];
        for (int step = 0; step < losses.length; step++) {
            try (Scope scope = Scope.open()) {
                Tensor x = Tensor.of(Device.cpu(), numbers(2 * 3 * 8 * 6, 4), 2, 3, 8, 6);
                Tensor loss = network.forward(x, Pass.training(1, step))
                        .crossEntropy(Tensor.of(Device.cpu(), labels, 2), null);
                losses[step] = loss.item();
                adam.step(loss.backward());
            }
        }
        assertThat(losses[4]).isLessThan(losses[0]);
        assertThat(kernel.toArray()).isEqualTo(frozen);
        Path file = folder.resolve("tuned.safetensors");
        Checkpoint.save(file, network.parameters(), Map.of());
        assertThat(file).isNotEmptyFile();
    }

    @Test
    void manyThreadsGetTheSameBits() {
        OnnxNetwork network = small().load();
        float[] x = numbers(3 * 8 * 6, 6);
        float[] expected = run(network, x);
        List<float[]> all =
                IntStream.range(0, 32).parallel().mapToObj(i -> run(network, x)).toList();
        assertThat(all).allSatisfy(y -> assertThat(y).isEqualTo(expected));
    }

    private static float[] run(OnnxNetwork network, float[] x) {
        try (Scope scope = Scope.noGrad()) {
            return network.forward(Tensor.of(Device.cpu(), x, 1, 3, 8, 6), Pass.INFERENCE)
                    .toArray();
        }
    }

    @Test
    void aDryRunFindsTheShape() {
        OnnxNetwork network = small().load();
        try (Scope run = Scope.dryRun()) {
            Tensor y = network.forward(run.placeholder(Shape.of(7, 3, 8, 6)), Pass.INFERENCE);
            assertThat(y.shape()).isEqualTo(Shape.of(7, 5));
        }
    }

    @Test
    void everythingUnsupportedIsNamedAtOnce() {
        assertThatThrownBy(() -> Models.opset(17)
                        .input("x", 1, 2)
                        .node("Loop x a")
                        .node("Relu a b", "gamma", 1.0)
                        .node("Frobnicate b y")
                        .output("y")
                        .load())
                .isInstanceOf(OnnxException.class)
                .hasMessageContaining("test.onnx (opset 17)")
                .hasMessageContaining("Loop 'a'")
                .hasMessageContaining("Relu 'b' with attribute 'gamma'")
                .hasMessageContaining("Frobnicate 'y'");
    }

    @Test
    void aCycleIsAnError() {
        assertThatThrownBy(() -> Models.opset(17)
                        .input("x", 1, 2)
                        .node("Add x,b a")
                        .node("Relu a b")
                        .output("b")
                        .load())
                .hasMessageContaining("Add 'a' uses 'b'");
    }

    @Test
    void aGiganticResultIsAnErrorBeforeMemoryIsTaken() {
        OnnxNetwork network = Models.opset(17)
                .input("x", 1, 1)
                .ints("shape", 1 << 20, 1 << 20)
                .node("Expand x,shape y")
                .output("y")
                .load();
        assertThatThrownBy(() -> run(network))
                .isInstanceOf(OnnxException.class)
                .hasMessageContaining("Expand 'y'")
                .hasMessageContaining("aorta.onnx.maxElements");
    }

    private static float[] run(OnnxNetwork network) {
        return network.forward(Tensor.zeros(Device.cpu(), Shape.of(1, 1)), Pass.INFERENCE)
                .toArray();
    }

    @Test
    void severalInputsAndOutputsGoByName() {
        OnnxNetwork network = Models.opset(17)
                .input("a", 2)
                .input("b", 2)
                .node("Add a,b sum")
                .node("Sub a,b difference")
                .output("difference")
                .output("sum")
                .load();
        Map<String, Tensor> y = network.run(
                Map.of(
                        "a", Tensor.of(Device.cpu(), new float[] {1, 2}, 2),
                        "b", Tensor.of(Device.cpu(), new float[] {10, 20}, 2)),
                Pass.INFERENCE);
        assertThat(y.keySet()).containsExactly("difference", "sum");
        assertThat(y.values()).extracting(Tensor::toArray).containsExactly(new float[] {-9, -18}, new float[] {11, 22});
    }

    @Test
    void transposesCancel() {
        OnnxNetwork network = Models.opset(17)
                .input("x", 1, 3, 4, 5)
                .node("Transpose x a", "perm", new long[] {0, 2, 3, 1})
                .node("Relu a b")
                .node("Transpose b y", "perm", new long[] {0, 3, 1, 2})
                .output("y")
                .load();
        try (Scope run = Scope.dryRun()) {
            network.forward(run.placeholder(Shape.of(1, 3, 4, 5)), Pass.INFERENCE);
            assertThat(run.trace()).extracting(t -> t.op().name()).containsExactly("relu");
        }
    }

    @Test
    void readsAFile() throws Exception {
        Path file = folder.resolve("small.onnx");
        Files.write(file, ModelWriter.toByteArray(small().model()));
        float[] x = numbers(3 * 8 * 6, 6);
        assertThat(run(Onnx.load(file, Device.cpu()), x)).isEqualTo(run(small().load(), x));
        ModelWriter.write(small().model(), file, 64);
        assertThat(Arrays.asList(folder.toFile().list())).contains("small.onnx.data");
        assertThat(run(Onnx.load(file, Device.cpu()), x)).isEqualTo(run(small().load(), x));
    }
}
