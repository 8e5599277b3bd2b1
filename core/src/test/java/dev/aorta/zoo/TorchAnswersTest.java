package dev.aorta.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Padding;
import dev.aorta.Pool2dOptions;
import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import dev.aorta.backend.Unary.Kind;
import dev.aorta.io.Safetensors.DType;
import dev.aorta.io.Safetensors.Entry;
import dev.aorta.io.StateDict;
import dev.aorta.nn.Conv2dLayer;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks with PyTorch's weights give PyTorch's outputs. */
class TorchAnswersTest {
    private static final Conv2dOptions HALVE = Conv2dOptions.VALID.withStride(2).withPadding(Padding.of(1));
    private static final Map<String, Function<Layers, Layer>> NETWORKS = Map.of(
            "resnet18-w8", net -> ResNet.resnet18().withWidth(8).withClasses(10).build(net),
            "mobilenet_v2-x0.1",
                    net -> new MobileNetV2().withWidth(0.1).withClasses(10).build(net),
            "lenet", TorchAnswersTest::lenet,
            "deep-autoencoder", TorchAnswersTest::autoencoder,
            "squeeze-excite-classifier", TorchAnswersTest::squeezeExcite,
            "unet-plain", net -> plainUNet(net, 0, 1),
            "unet-bn-in-bilinear", TorchAnswersTest::mixedUNet,
            "deeplab-like", TorchAnswersTest::deeplab);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "resnet18-w8",
                "mobilenet_v2-x0.1",
                "lenet",
                "deep-autoencoder",
                "squeeze-excite-classifier",
                "unet-plain",
                "unet-bn-in-bilinear",
                "deeplab-like"
            })
    void theOutputIsPyTorchs(String name) throws IOException {
        try (Device device = Device.cpu(2)) {
            Layer network = Objects.requireNonNull(NETWORKS.get(name)).apply(new Layers(device, 1));
            StateDict weights = StateDict.read(Zoo.shared(name + ".weights.safetensors"));
            weights.load(network);
            assertThat(Zoo.distance(device, network, Zoo.shared(name + ".expected.safetensors")))
                    .as(name)
                    .isLessThan(1e-4);
            Map<String, Entry> ours = StateDict.of(network).tensors();
            assertThat(ours.keySet())
                    .containsExactlyInAnyOrderElementsOf(weights.tensors().keySet());
            weights.tensors().forEach((tensor, entry) -> {
                assertThat(entry.dtype()).isEqualTo(DType.F32);
                Entry saved = Objects.requireNonNull(ours.get(tensor));
                assertThat(saved.shape()).as("%s: %s", name, tensor).isEqualTo(entry.shape());
                assertThat(saved.bytes()).as("%s: %s", name, tensor).isEqualTo(entry.bytes());
            });
        }
    }

    private static Layer lenet(Layers net) {
        return net.sequential(
                net.named("0").conv2d(1, 6, 5),
                tanh(net),
                net.avgPool2d(Pool2dOptions.of(2)),
                net.named("3").conv2d(6, 16, 5, Conv2dOptions.VALID),
                tanh(net),
                net.avgPool2d(Pool2dOptions.of(2)),
                torchRow(net),
                net.named("7").linear(400, 120),
                tanh(net),
                net.named("9").linear(120, 84),
                tanh(net),
                net.named("11").linear(84, 10));
    }

    private static Layer tanh(Layers net) {
        return net.activation(Unary.TANH);
    }

    /** Flattens (N, H, W, C) in PyTorch's order, (C, H, W). */
    private static Layer torchRow(Layers net) {
        return net.function(x -> x.permute(0, 3, 1, 2).reshape(x.shape().dim(0), -1));
    }

    private static Layer autoencoder(Layers net) {
        Conv2dOptions twice = Conv2dOptions.VALID.withStride(2);
        return net.sequential(
                net.named("0").conv2d(1, 8, 3, HALVE),
                net.activation(new Unary(Kind.ELU, 1, 0)),
                net.named("2").conv2d(8, 16, 3, HALVE),
                net.named("3").prelu(16),
                net.named("4").convTranspose2d(16, 8, 3, twice.withPadding(Padding.of(1, 0, 1, 0))), // output_padding 1
                net.activation(Unary.of(Kind.SOFTPLUS)),
                net.named("6").convTranspose2d(8, 1, 4, twice.withPadding(Padding.of(1))),
                net.activation(Unary.SIGMOID));
    }

    private static Layer squeezeExcite(Layers net) {
        Layer gate = net.sequential(
                net.globalAvgPool2d(),
                net.named("f").linear(8, 2),
                net.relu(),
                net.named("g").linear(2, 8),
                net.activation(Unary.SIGMOID),
                net.function(x -> x.unsqueeze(1).unsqueeze(1)));
        return net.sequential(
                net.named("c").conv2d(3, 8, 3, HALVE),
                net.silu(),
                net.product(net.identity(), gate),
                net.avgPool2d(Pool2dOptions.of(4)),
                torchRow(net),
                net.named("o").linear(128, 5),
                net.function(Tensor::logSoftmax));
    }

    /** Level {@code level} and below; what comes from below stands first in the concatenation. */
    private static Layer plainUNet(Layers net, int level, int in) {
        int out = 4 << level;
        Layer encoder = plainBlock(net.in("enc").in("" + level), in, out);
        if (level == 3) {
            return encoder;
        }
        Conv2dOptions twice = Conv2dOptions.VALID.withStride(2);
        Layer below = net.sequential(
                net.maxPool2d(2),
                plainUNet(net, level + 1, out),
                net.in("up").named("" + (2 - level)).convTranspose2d(2 * out, out, 2, twice));
        Layer joined = net.sequential(
                encoder,
                net.concat(below, net.identity()),
                plainBlock(net.in("dec").in("" + (2 - level)), 2 * out, out));
        return level > 0 ? joined : net.sequential(joined, net.named("head").conv2d(out, 2, 1));
    }

    private static Layer plainBlock(Layers net, int in, int out) {
        return net.sequential(
                net.named("a").conv2d(in, out, 3).withRelu(),
                net.named("b").conv2d(out, out, 3).withRelu());
    }

    private static Layer mixedUNet(Layers net) {
        Layer second = net.sequential(
                net.maxPool2d(2),
                mixedBlock(net, "e2", 8, 16),
                net.concat(
                        net.sequential(
                                net.avgPool2d(Pool2dOptions.of(2)),
                                mixedBlock(net, "e3", 16, 32),
                                net.upsampleBilinear(2)),
                        net.identity()),
                mixedBlock(net, "d2", 48, 16),
                net.upsampleNearest(2));
        return net.sequential(
                mixedBlock(net, "e1", 1, 8),
                net.concat(second, net.identity()),
                mixedBlock(net, "d1", 24, 8),
                net.named("h").conv2d(8, 4, 1),
                net.activation(Unary.SIGMOID));
    }

    private static Layer mixedBlock(Layers root, String name, int in, int out) {
        Layers net = root.in(name).in("net");
        return net.sequential(
                net.named("0").conv2d(in, out, 3).withoutBias(),
                net.named("1").batchNorm(out),
                net.leakyRelu(0.01f),
                net.named("3").conv2d(out, out, 3).withoutBias(),
                net.named("4").instanceNorm(out),
                net.leakyRelu(0.01f));
    }

    private static Layer deeplab(Layers net) {
        Conv2dLayer atrous =
                net.named("c").conv2d(8, 8, 3, Blocks.window(3, 1, 4).withGroups(8));
        Layer branch = net.sequential(atrous, net.named("n").groupNorm(8, 4), net.relu6());
        Layer mean = new SameSize(Blocks.pooled(net));
        return net.sequential(
                net.named("a").conv2d(3, 8, 3),
                net.gelu(),
                net.named("b").conv2d(8, 8, 3, Blocks.window(3, 1, 2)),
                net.activation(Unary.of(Kind.HARD_SWISH)),
                net.concat(net.identity(), net.sequential(branch, net.concat(net.identity(), mean))),
                net.named("h").conv2d(24, 3, 1),
                net.function(x ->
                        Bilinear.resize(x, 2 * x.shape().dim(1), 2 * x.shape().dim(2), true)),
                net.softmax());
    }
}
