package dev.aorta.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.io.Safetensors.DType;
import dev.aorta.io.Safetensors.Entry;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PyTorch's and Keras' weights in our networks, and ours in theirs. */
class StateDictTest {
    @TempDir
    Path folder;

    private final Device device = Device.reference();
    private final Layers net = new Layers(device, 3);

    @AfterEach
    void close() {
        device.close();
    }

    /** Each element says where it stands: digits are its indices. */
    private static Entry numbered(int... shape) {
        float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            int rest = i;
            int scale = 1;
            for (int axis = shape.length - 1; axis >= 0; axis--) {
                values[i] += scale * (rest % shape[axis]);
                rest /= shape[axis];
                scale *= 10;
            }
        }
        return Entry.of(values, shape);
    }

    private Path file(Map<String, Entry> tensors) throws IOException {
        Path file = folder.resolve("weights.safetensors");
        new Safetensors(Map.of(), new LinkedHashMap<>(tensors)).write(file);
        return file;
    }

    private static Parameter parameter(Layer layer, String name) {
        return layer.parameters().stream()
                .filter(p -> p.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void everyKindOfWeightIsLaidOutAsOursIs() throws IOException {
        Conv2dOptions halves = Conv2dOptions.SAME.withGroups(2);
        Layer network = net.sequential(
                net.conv2d(4, 6, 3, 2, halves).withoutBias(),
                net.convTranspose2d(6, 4, 2, halves).withoutBias(),
                net.conv1d(3, 2, 5),
                net.linear(3, 2),
                net.batchNorm(2),
                net.prelu(2),
                net.named("scale").function(x -> x, net.named("layer_scale").constant(1, 3)),
                net.named("pooled").conv2d(3, 2, 1).withoutBias());
        Map<String, Entry> file = new LinkedHashMap<>();
        file.put("conv1.weight", numbered(6, 2, 3, 2)); // (out, in / groups, kH, kW)
        file.put("convTranspose1.weight", numbered(6, 2, 2, 2)); // (in, out / groups, kH, kW)
        file.put("conv2.weight", numbered(2, 3, 5)); // (out, in, k)
        file.put("conv2.bias", numbered(2));
        file.put("linear1.weight", numbered(2, 3));
        file.put("linear1.bias", numbered(2));
        file.put("norm1.weight", Entry.of(new float[] {1, 2}, 2));
        file.put("norm1.bias", Entry.of(new float[] {3, 4}, 2));
        file.put("norm1.running_mean", Entry.of(new float[] {5, 6}, 2));
        file.put("norm1.running_var", Entry.of(new float[] {7, 8}, 2));
        file.put("norm1.num_batches_tracked", Entry.of(DType.I64, new byte[8]));
        file.put("prelu1.weight", Entry.of(new float[] {9, 10}, 2));
        file.put("layer_scale", numbered(3, 1, 1));
        file.put("pooled.weight", numbered(2, 3)); // a linear layer elsewhere
        StateDict.load(file(file), network);
        Tensor conv = parameter(network, "conv1.weight"); // (out, kH, kW, in / groups)
        assertThat(conv.get(5, 2, 1, 0)).isEqualTo(5021);
        assertThat(conv.get(4, 1, 0, 1)).isEqualTo(4110);
        assertThat(parameter(network, "convTranspose1.weight").get(5, 0, 1, 1)).isEqualTo(5101);
        assertThat(parameter(network, "conv2.weight").get(1, 0, 4, 2)).isEqualTo(124);
        assertThat(parameter(network, "linear1.weight").get(1, 2)).isEqualTo(12);
        assertThat(parameter(network, "norm1.gamma").toArray()).containsExactly(1, 2);
        assertThat(parameter(network, "norm1.beta").toArray()).containsExactly(3, 4);
        assertThat(parameter(network, "norm1.running_mean").toArray()).containsExactly(5, 6);
        assertThat(parameter(network, "norm1.running_var").toArray()).containsExactly(7, 8);
        assertThat(parameter(network, "prelu1.slope").toArray()).containsExactly(9, 10);
        assertThat(parameter(network, "layer_scale").toArray()).containsExactly(0, 100, 200);
        assertThat(parameter(network, "pooled.weight").get(1, 0, 0, 2)).isEqualTo(12);
    }

    @Test
    void whatIsSavedHasPyTorchsNamesAndLayouts() throws IOException {
        Layer network =
                net.sequential(net.conv2d(2, 3, 5, 4, Conv2dOptions.SAME), net.batchNorm(3), net.conv1d(3, 2, 5));
        Path saved = folder.resolve("saved.safetensors");
        StateDict.save(saved, network);
        Safetensors file = Safetensors.read(saved);
        assertThat(file.metadata()).isEqualTo(Map.of("format", "pt"));
        assertThat(file.tensors().sequencedKeySet())
                .containsExactly(
                        "conv1.weight",
                        "conv1.bias",
                        "norm1.weight",
                        "norm1.bias",
                        "norm1.running_mean",
                        "norm1.running_var",
                        "conv2.weight",
                        "conv2.bias");
        assertThat(file.tensor("conv1.weight").shape()).containsExactly(3, 2, 5, 4);
        assertThat(file.tensor("conv1.weight").floats()[((2 * 2 + 1) * 5 + 3) * 4 + 2])
                .isEqualTo((float) parameter(network, "conv1.weight").get(2, 3, 2, 1));
        Path sequences = folder.resolve("sequences.safetensors");
        StateDict.of(network).reshaped("conv2.weight", 2, 3, 5).write(sequences);
        Entry sequence = Safetensors.read(sequences).tensor("conv2.weight");
        assertThat(sequence.shape()).containsExactly(2, 3, 5);
        assertThat(sequence.floats()[(1 * 3 + 2) * 5 + 4])
                .isEqualTo((float) parameter(network, "conv2.weight").get(1, 0, 4, 2));

        float[] before = parameter(network, "conv1.weight").toArray();
        parameter(network, "conv1.weight").fill(0);
        StateDict.load(saved, network);
        assertThat(parameter(network, "conv1.weight").toArray()).isEqualTo(before);
    }

    @Test
    void torchFilesAndAllFloatsAreRead() throws IOException {
        Layer network = net.named("fc").linear(2, 1);
        Path torch = TorchFile.stateDict(
                        Map.of("fc.weight", new float[] {1, 2}, "fc.bias", new float[] {3}),
                        Map.of("fc.weight", new int[] {1, 2}, "fc.bias", new int[] {1}))
                .write(folder.resolve("torch.pt"));
        StateDict.load(torch, network);
        assertThat(parameter(network, "fc.weight").toArray()).containsExactly(1, 2);
        byte[] half = {0, 0x3c, 0, (byte) 0xc0};
        byte[] wide = {0, 0, 0, 0, 0, 0, (byte) 0xf0, 0x3f};
        StateDict.load(
                file(Map.of("fc.weight", Entry.of(DType.F16, half, 1, 2), "fc.bias", Entry.of(DType.F64, wide, 1))),
                network);
        assertThat(parameter(network, "fc.weight").toArray()).containsExactly(1, -2);
        assertThat(parameter(network, "fc.bias").toArray()).containsExactly(1);
        byte[] brain = {(byte) 0x80, 0x3f, (byte) 0x80, (byte) 0xbf};
        Entry bfloat16 = Entry.of(DType.BF16, brain, 1, 2);
        StateDict.load(file(Map.of("fc.weight", bfloat16, "fc.bias", numbered(1))), network);
        assertThat(parameter(network, "fc.weight").toArray()).containsExactly(1, -1);
        Map<String, Entry> whole = Map.of("fc.weight", bfloat16, "fc.bias", Entry.of(DType.I64, new byte[8], 1));
        assertThatThrownBy(() -> StateDict.load(file(whole), network))
                .isInstanceOf(FormatException.class)
                .hasMessageEndingWith("tensor 'fc.bias' is of I64, and weights are of F16, BF16, F32 or F64");
    }

    @Test
    void whatDoesNotFitChangesNothingAndIsListed() throws IOException {
        Layer network = net.named("two")
                .sequential(net.named("a").linear(2, 3), net.named("b").linear(3, 1));
        float[] before = parameter(network, "a.weight").toArray();
        Map<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("a.weight", numbered(3, 2));
        tensors.put("a.bias", numbered(4));
        tensors.put("b.weight", numbered(1, 3));
        tensors.put("c.weight", numbered(7));
        Path file = file(tensors);
        String report = String.join(
                System.lineSeparator(),
                "2 matched",
                "    1 missing: b.bias [1]",
                "    1 unexpected: c.weight [7]",
                "    1 of another shape: a.bias [4] where the network has [3]");
        assertThatThrownBy(() -> StateDict.load(file, network))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith(file + " does not fit two: " + report)
                .hasMessageContaining("loadMatching(..)");
        assertThat(parameter(network, "a.weight").toArray()).isEqualTo(before);

        assertThatThrownBy(() -> StateDict.read(file).renamed("^", "model.").loadMatching(network))
                .isInstanceOf(FormatException.class)
                .hasMessageStartingWith("nothing in " + file + " fits two: 0 matched");
        StateDict.Report partly = StateDict.read(file).loadMatching(network);
        assertThat(partly).hasToString(report);
        assertThat(partly.matched()).containsExactly("a.weight", "b.weight");
        assertThat(partly.isComplete()).isFalse();
        assertThat(parameter(network, "a.weight").toArray()).containsExactly(0, 1, 10, 11, 20, 21);
    }

    /** Extents of 1 count where the ranks are equal: a row is no column. */
    @Test
    void aRowOfTapsIsNotAColumn() throws IOException {
        Layer network = net.named("c").conv2d(2, 3, 5, 1, Conv2dOptions.SAME).withoutBias();
        assertThatThrownBy(() -> StateDict.load(file(Map.of("c.weight", numbered(3, 2, 1, 5))), network))
                .hasMessageContaining("c.weight [3, 2, 1, 5] where the network has [3, 2, 5, 1]");
    }

    @Test
    void namesAreChanged() throws IOException {
        Map<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("module.backbone.0.weight", numbered(2, 2));
        tensors.put("module.head.weight", numbered(1, 2));
        StateDict read = StateDict.read(file(tensors));
        assertThat(read.withoutPrefix("module.").tensors().keySet())
                .containsExactly("backbone.0.weight", "head.weight");
        assertThat(read.without("module.head.").tensors().keySet()).containsExactly("module.backbone.0.weight");
        assertThat(read.renamed("^module\\.(\\w+)", "$1s").tensors().keySet())
                .containsExactly("backbones.0.weight", "heads.weight");
        assertThat(read.renamed(Map.of("module.head", "fc")).tensors().keySet())
                .containsExactly("module.backbone.0.weight", "fc.weight");
        assertThat(read.renamed(String::toUpperCase).tensors().keySet())
                .containsExactly("MODULE.BACKBONE.0.WEIGHT", "MODULE.HEAD.WEIGHT");
        assertThatThrownBy(() -> read.renamed(name -> "same"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("would be called same");
        assertThatThrownBy(() -> read.reshaped("none", 1)).hasMessageContaining("there is no tensor none");
    }

    @Test
    void kerasKernelsAreTurned() throws IOException {
        Layer network = net.sequential(
                net.named("conv").conv2d(2, 3, 5, 4, Conv2dOptions.SAME),
                net.named("up").convTranspose2d(3, 2, 5, Conv2dOptions.SAME).withoutBias(),
                net.named("dw")
                        .conv2d(2, 4, 3, Conv2dOptions.SAME.withGroups(2))
                        .withoutBias(),
                net.named("seq").conv1d(2, 3, 5).withoutBias(),
                net.named("dense").linear(2, 3).withoutBias(),
                net.named("words").embedding(5, 3),
                net.named("bn").batchNorm(2));
        Map<String, Entry> tensors = new LinkedHashMap<>();
        tensors.put("conv2d/kernel:0", numbered(5, 4, 2, 3)); // (kH, kW, in, out)
        tensors.put("conv2d/bias:0", numbered(3));
        tensors.put("conv2d_transpose/kernel", numbered(5, 5, 2, 3)); // (kH, kW, out, in)
        tensors.put("depthwise_conv2d/depthwise_kernel", numbered(3, 3, 2, 2)); // (kH, kW, in, multiplier)
        tensors.put("conv1d/kernel", numbered(5, 2, 3)); // (k, in, out)
        tensors.put("dense/kernel", numbered(2, 3)); // (in, out)
        tensors.put("embedding/embeddings", numbered(5, 3));
        tensors.put("bn/gamma", Entry.of(new float[] {1, 2}, 2));
        tensors.put("bn/beta", Entry.of(new float[] {3, 4}, 2));
        tensors.put("bn/moving_mean", Entry.of(new float[] {5, 6}, 2));
        tensors.put("bn/moving_variance", Entry.of(new float[] {7, 8}, 2));
        StateDict.read(file(tensors), WeightLayout.KERAS)
                .renamed(Map.of(
                        "conv2d", "conv",
                        "conv2d_transpose", "up",
                        "depthwise_conv2d", "dw",
                        "conv1d", "seq",
                        "embedding", "words"))
                .load(network);
        assertThat(parameter(network, "conv.weight").get(2, 4, 3, 1)).isEqualTo(4312); // (out, kH, kW, in)
        assertThat(parameter(network, "up.weight").get(2, 4, 3, 1)).isEqualTo(4312); // (in, kH, kW, out)
        assertThat(parameter(network, "dw.weight").get(3, 2, 0, 0)).isEqualTo(2011); // (in multiplier, kH, kW, 1)
        assertThat(parameter(network, "seq.weight").get(2, 0, 4, 1)).isEqualTo(412);
        assertThat(parameter(network, "dense.weight").get(2, 1)).isEqualTo(12);
        assertThat(parameter(network, "words.weight").get(4, 2)).isEqualTo(42);
        assertThat(parameter(network, "bn.gamma").toArray()).containsExactly(1, 2);
        assertThat(parameter(network, "bn.beta").toArray()).containsExactly(3, 4);
        assertThat(parameter(network, "bn.running_mean").toArray()).containsExactly(5, 6);
        assertThat(parameter(network, "bn.running_var").toArray()).containsExactly(7, 8);
    }

    /** Two of our names that are one of PyTorch's. */
    @Test
    void parametersThatPyTorchCannotTellApartAreRefused() {
        Parameter gamma = new Parameter("a.gamma", device, Shape.of(1), new float[1], true);
        Parameter weight = new Parameter("a.weight", device, Shape.of(1), new float[1], true);
        Layer both = net.function(x -> x, gamma, weight);
        assertThatThrownBy(() -> StateDict.of(both))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("are both called a.weight in PyTorch");
    }
}
