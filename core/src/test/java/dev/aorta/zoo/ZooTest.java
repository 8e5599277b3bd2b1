package dev.aorta.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.io.StateDict;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.nn.Summary;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The networks are as large as the published ones, and they learn. */
class ZooTest {
    private static final long SEED = 8;

    /** Counts of trainable parameters that torchvision's documentation and timm's tables state. */
    static Stream<Arguments> published() {
        Shape image = Shape.of(1, 224, 224, 3);
        Shape logits = Shape.of(1, 1000);
        return Stream.of(
                Arguments.of(ResNet.resnet18(), 11_689_512, image, logits),
                Arguments.of(ResNet.resnet34(), 21_797_672, image, logits),
                Arguments.of(ResNet.resnet50(), 25_557_032, image, logits),
                Arguments.of(new MobileNetV2(), 3_504_872, image, logits),
                Arguments.of(new MobileNetV3(), 2_542_856, image, logits),
                Arguments.of(new EfficientNet(), 5_288_548, image, logits),
                Arguments.of(ConvNeXt.tiny(), 28_589_128, image, logits),
                Arguments.of(VisionTransformer.tiny(), 5_717_416, image, logits),
                Arguments.of(Fcn.resnet50(), 35_322_218 - 2_365_205, image, Shape.of(1, 224, 224, 21)), // no auxiliary
                Arguments.of(DeepLabV3Plus.resnet34(), 22_437_457, image, Shape.of(1, 224, 224, 1)),
                Arguments.of(new UNet(1, 2), 31_030_658, Shape.of(1, 64, 96, 1), Shape.of(1, 64, 96, 2)));
    }

    @ParameterizedTest
    @MethodSource("published")
    void theNetworkIsAsLargeAsThePublishedOne(Architecture architecture, long parameters, Shape image, Shape output) {
        try (Device device = Device.reference();
                Scope dry = Scope.dryRun()) {
            Layer network = architecture.build(device, SEED);
            Summary summary = Summary.of(network, image);
            assertThat(summary.trainable()).isEqualTo(parameters);
            assertThat(summary.rows().getLast().output()).isEqualTo(output);
            assertThat(network.forward(dry.placeholder(image), Pass.INFERENCE).shape())
                    .isEqualTo(output);
        }
    }

    static Stream<Arguments> small() {
        return Zoo.SMALL.entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
    }

    /** So small a step that the loss falls by a thousandth where it is flat; in training mode, with the same dropout. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("small")
    void aStepOfTrainingLowersTheLossAsTheGradientSays(String name, Architecture architecture) {
        try (Device device = Device.cpu(2);
                Scope model = Scope.open()) {
            Layer network = architecture.build(device, SEED);
            double before;
            try (Scope step = Scope.open()) {
                Tensor loss = loss(network, device).keep();
                Gradients gradients = loss.backward();
                before = loss.item();
                double rate = 1e-3 * before / Math.pow(gradients.norm(), 2);
                new Sgd(network.parameters(), Schedule.constant(rate)).step(gradients);
            }
            try (Scope step = Scope.open()) {
                double lowered = (before - loss(network, device).item()) / (1e-3 * before);
                assertThat(lowered).as("%s, seed %d", name, SEED).isBetween(0.9, 1.1);
            }
        }
    }

    private static Tensor loss(Layer network, Device device) {
        Tensor logits = network.forward(images(device), new Pass(true, true, SEED, null));
        return logits.crossEntropy(labels(device, logits.shape()), null);
    }

    private static Tensor images(Device device) {
        Random random = new Random(SEED);
        float[] pixels = new float[4 * 48 * 48 * 3];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        return Tensor.of(device, pixels, 4, 48, 48, 3);
    }

    private static Tensor labels(Device device, Shape logits) {
        int[] dims = Arrays.copyOf(logits.dims(), logits.rank() - 1);
        float[] labels = new float[Shape.of(dims).size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (i / Math.max(1, labels.length / 4)) % 3;
        }
        return Tensor.of(device, labels, dims);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("small")
    void whatIsSavedForPyTorchLoadsAgain(String name, Architecture architecture, @TempDir Path folder)
            throws IOException {
        try (Device device = Device.cpu(1)) {
            Layer network = architecture.build(device, SEED);
            Layer other = architecture.build(device, SEED + 1);
            Path file = folder.resolve("saved.safetensors");
            StateDict.save(file, network);
            StateDict.load(file, other);
            List<Parameter> loaded = other.parameters();
            for (int i = 0; i < loaded.size(); i++) {
                assertThat(loaded.get(i).toArray())
                        .as("%s: %s", name, loaded.get(i))
                        .isEqualTo(network.parameters().get(i).toArray());
            }
        }
    }

    /** A few names of each that the published files have. */
    @Test
    void parametersAreNamedAsInPublishedFiles() {
        Map<String, List<String>> expected = Map.of(
                "ResNet-50",
                        List.of("conv1.weight", "layer2.0.downsample.1.running_var", "layer4.2.bn3.bias", "fc.bias"),
                "MobileNetV2", List.of("features.1.conv.1.weight", "features.17.conv.3.bias", "classifier.1.weight"),
                "MobileNetV3",
                        List.of(
                                "features.1.block.1.fc1.weight",
                                "features.4.block.2.fc2.bias",
                                "features.12.1.weight",
                                "classifier.3.bias"),
                "EfficientNet",
                        List.of(
                                "features.1.0.block.1.fc2.weight",
                                "features.6.3.block.3.1.running_mean",
                                "features.8.0.weight"),
                "ConvNeXt",
                        List.of(
                                "features.0.1.weight",
                                "features.1.0.layer_scale",
                                "features.5.1.block.5.bias",
                                "features.6.1.weight",
                                "classifier.2.weight"),
                "ViT",
                        List.of(
                                "cls_token",
                                "pos_embed",
                                "patch_embed.proj.bias",
                                "blocks.1.attn.qkv.weight",
                                "blocks.0.mlp.fc2.bias",
                                "norm.weight",
                                "head.weight"),
                "FCN",
                        List.of(
                                "backbone.layer4.2.conv3.weight",
                                "classifier.0.weight",
                                "classifier.1.running_mean",
                                "classifier.4.bias"),
                "DeepLabV3+",
                        List.of(
                                "encoder.layer1.0.conv1.weight",
                                "decoder.aspp.0.convs.0.0.weight",
                                "decoder.aspp.0.convs.1.0.0.weight",
                                "decoder.aspp.0.convs.3.0.1.weight",
                                "decoder.aspp.0.convs.3.1.bias",
                                "decoder.aspp.0.convs.4.1.weight",
                                "decoder.aspp.0.convs.4.2.running_var",
                                "decoder.aspp.0.project.0.weight",
                                "decoder.aspp.1.0.weight",
                                "decoder.aspp.2.bias",
                                "decoder.block1.0.weight",
                                "decoder.block2.0.1.weight",
                                "decoder.block2.1.weight",
                                "segmentation_head.0.bias"));
        try (Device device = Device.reference()) {
            expected.forEach((name, names) -> assertThat(StateDict.of(
                                    Objects.requireNonNull(Zoo.SMALL.get(name)).build(device, SEED))
                            .tensors()
                            .keySet())
                    .as(name)
                    .containsAll(names));
        }
    }

    @Test
    void anArchitectureMayBeAPartOfANetwork() {
        try (Device device = Device.reference()) {
            Layer part = ResNet.resnet18().withWidth(1).build(new Layers(device, SEED).in("body"));
            assertThat(part.name()).isEqualTo("body.resnet");
            assertThat(part.parameters()).allMatch(p -> p.name().startsWith("body."));
        }
    }

    @Test
    void deepSupervisionHasAnOutputOfTheImagesSizeForEachLevel() {
        try (Device device = Device.reference();
                Scope dry = Scope.dryRun()) {
            UNet.Network network = new UNet(1, 2)
                    .withBase(2)
                    .withDepth(3)
                    .withDeepSupervision()
                    .build(new Layers(device, SEED));
            Tensor image = dry.placeholder(Shape.of(2, 16, 24, 1));
            assertThat(network.outputs(image, Pass.INFERENCE))
                    .extracting(Tensor::shape)
                    .containsExactly(Shape.of(2, 16, 24, 2), Shape.of(2, 16, 24, 2), Shape.of(2, 16, 24, 2));
            assertThatThrownBy(() -> network.forward(dry.placeholder(Shape.of(1, 12, 16, 1)), Pass.INFERENCE))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageStartingWith("[unet] needs (N, H, W, C) with H and W multiples of 8 (2^depth)");
        }
    }

    @Test
    void deepSupervisionTrainsTheConvolutionsOfAllLevels() {
        try (Device device = Device.reference();
                Scope step = Scope.open()) {
            UNet.Network network = new UNet(1, 2)
                    .withBase(2)
                    .withDepth(3)
                    .withDeepSupervision()
                    .build(new Layers(device, SEED));
            List<Tensor> outputs =
                    network.outputs(Tensor.zeros(device, Shape.of(1, 16, 16, 1)), Pass.training(SEED, 0));
            Tensor loss = outputs.stream()
                    .map(y -> y.square().add(y).mean())
                    .reduce(Tensor::add)
                    .orElseThrow();
            Gradients gradients = loss.backward();
            assertThat(network.parameters())
                    .extracting(Parameter::name)
                    .contains("dec3.side.weight", "dec2.side.weight");
            assertThat(network.parameters()).allMatch(gradients::has);
        }
    }

    @Test
    void optionsThatMakeNoNetworkAreRefused() {
        assertThatThrownBy(() -> new UNet(0, 2)).hasMessageStartingWith("[unet] needs at least 1 channel");
        assertThatThrownBy(() -> VisionTransformer.tiny().withSize(100)).hasMessageStartingWith("[vit] patches of 16");
        assertThatThrownBy(() -> new ResNet(false, List.of(1), 3, 8, 2))
                .hasMessageStartingWith("[resnet] has four stages");
    }
}
