package dev.aorta.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Padding;
import dev.aorta.Parameter;
import dev.aorta.Pool2dOptions;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.Unary;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the factory makes, and what it calls it. */
class LayersTest {
    private static final long SEED = 11;
    private final Device device = Device.reference();
    private final Layers net = new Layers(device, SEED);

    @AfterEach
    void close() {
        device.close();
    }

    private static List<String> names(Layer layer) {
        return layer.parameters().stream().map(Parameter::name).toList();
    }

    @Test
    void layersAreNumberedByKindWithinTheirPrefix() {
        Layers block = net.in("block");
        assertThat(List.of(net.conv2d(1, 1, 1), net.conv1d(1, 1, 1), net.linear(1, 1), net.relu(), net.relu()))
                .extracting(Layer::name)
                .containsExactly("conv1", "conv2", "linear1", "relu1", "relu2");
        assertThat(List.of(
                        block.conv2d(1, 1, 1),
                        block.in("deep").batchNorm(1),
                        net.in("block").conv2d(1, 1, 1)))
                .extracting(Layer::name)
                .containsExactly("block.conv1", "block.deep.norm1", "block.conv2");
        assertThat(net.named("head").linear(1, 1).name()).isEqualTo("head");
        assertThat(block.named("head").linear(1, 1).name()).isEqualTo("block.head");
        Layers part = block.part("part");
        assertThat(List.of(
                        part.prefix(),
                        part.linear(1, 1).name(),
                        block.part("part").prefix(),
                        net.prefix()))
                .containsExactly("block.part1", "block.part1.linear1", "block.part2", "");
        assertThat(names(net.attention(2, 1)))
                .containsExactly(
                        "attention1.query.weight",
                        "attention1.query.bias",
                        "attention1.key.weight",
                        "attention1.key.bias",
                        "attention1.value.weight",
                        "attention1.value.bias",
                        "attention1.output.weight",
                        "attention1.output.bias");
    }

    @Test
    void aNameThatIsUsedTwiceIsRefused() {
        net.named("conv2").linear(1, 1);
        assertThat(net.conv2d(1, 1, 1).name()).isEqualTo("conv1");
        assertThat(net.conv2d(1, 1, 1).name()).as("the next that is free").isEqualTo("conv3");
        assertThatThrownBy(() -> net.named("conv1").linear(1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[layers] there is already a layer conv1 (conv): the new one (linear) needs a name of its own");
        Layers one = net.in("in").named("head");
        one.linear(1, 1);
        assertThatThrownBy(() -> one.linear(1, 1)).hasMessageContaining("there is already a layer in.head (linear)");
    }

    @Test
    void weightsAreAFunctionOfSeedNameAndInit() {
        float[] first = net.conv2d(2, 3, 3).weight().toArray();
        assertThat(new Layers(device, SEED).conv2d(2, 3, 3).weight().toArray()).isEqualTo(first);
        assertThat(net.conv2d(2, 3, 3).weight().toArray()).isNotEqualTo(first);
        assertThat(new Layers(device, SEED + 1).conv2d(2, 3, 3).weight().toArray())
                .isNotEqualTo(first);
        float[] glorot = new Layers(device, SEED)
                .with(Init.GLOROT_UNIFORM)
                .conv2d(2, 3, 3)
                .weight()
                .toArray();
        assertThat(glorot).isEqualTo(Init.GLOROT_UNIFORM.values(Shape.of(3, 3, 3, 2), SEED, "conv1.weight"));
    }

    @Test
    void everyLayerHasTheShapesOfItsDescription() {
        Shape image = Shape.of(2, 8, 6, 4);
        Shape text = Shape.of(2, 5, 4);
        Map<Layer, Shape> images = new LinkedHashMap<>();
        images.put(net.conv2d(4, 3, 3), Shape.of(2, 8, 6, 3));
        images.put(net.conv2d(4, 3, 3, 1, Conv2dOptions.VALID).withoutBias().withRelu(), Shape.of(2, 6, 6, 3));
        images.put(net.conv2d(4, 6, 3, Conv2dOptions.VALID.withDilation(2).withGroups(2)), Shape.of(2, 4, 2, 6));
        images.put(net.depthwiseConv2d(4, 5), image);
        images.put(
                net.convTranspose2d(4, 2, 2, Conv2dOptions.SAME.withStride(2)).withoutBias(), Shape.of(2, 16, 12, 2));
        images.put(net.avgPool2d(Pool2dOptions.of(2)), Shape.of(2, 4, 3, 4));
        images.put(net.maxPool2d(2), Shape.of(2, 4, 3, 4));
        images.put(net.adaptiveAvgPool2d(3, 4), Shape.of(2, 3, 4, 4));
        images.put(net.adaptiveMaxPool2d(3, 4), Shape.of(2, 3, 4, 4));
        images.put(net.globalAvgPool2d(), Shape.of(2, 4));
        images.put(net.globalMaxPool2d(), Shape.of(2, 4));
        images.put(net.upsampleNearest(2), Shape.of(2, 16, 12, 4));
        images.put(net.upsampleBilinear(3), Shape.of(2, 24, 18, 4));
        images.put(net.flatten(), Shape.of(2, 192));
        images.put(net.concat(net.identity(), net.conv2d(4, 3, 1)), Shape.of(2, 8, 6, 7));
        for (Layer same : List.of(
                net.batchNorm(4),
                net.groupNorm(4, 2),
                net.instanceNorm(4),
                net.layerNorm(4),
                net.dropout(0.5f),
                net.softmax(),
                net.relu(),
                net.gelu(),
                net.silu(),
                net.leakyRelu(0.1f),
                net.activation(Unary.TANH),
                net.prelu(4),
                net.identity(),
                net.function(x -> x.mul(2)),
                net.linear(4, 4),
                net.residual(net.conv2d(4, 4, 3)),
                net.sum(net.identity(), net.identity()),
                net.product(net.identity(), net.function(x -> x.reduce(Reduction.MEAN, true, 1, 2))),
                net.stochasticDepth(0.5f),
                net.relu6())) {
            images.put(same, image);
        }
        Map<Layer, Shape> texts = new LinkedHashMap<>();
        texts.put(net.conv1d(4, 7, 3).withRelu(), Shape.of(2, 5, 7));
        texts.put(net.conv1d(4, 7, 3, Conv2dOptions.VALID).withoutBias(), Shape.of(2, 3, 7));
        texts.put(net.conv1d(4, 7, 3, Conv2dOptions.SAME.withStride(2)), Shape.of(2, 3, 7));
        texts.put(net.conv1d(4, 7, 3, Conv2dOptions.VALID.withPadding(Padding.of(2))), Shape.of(2, 7, 7));
        texts.put(net.positions(5, 4), text);
        texts.put(net.attention(4, 2), text);
        texts.put(net.embedding(9, 3), Shape.of(2, 5, 4, 3));
        images.forEach((layer, output) -> assertOutput(layer, image, output));
        texts.forEach((layer, output) -> assertOutput(layer, text, output));
    }

    @Test
    void stochasticDepthKeepsOrDropsWholeImages() {
        StochasticDepthLayer layer = net.stochasticDepth(0.75f);
        try (Scope run = Scope.noGrad()) {
            Tensor x = Tensor.zeros(device, Shape.of(400, 2, 3));
            x.fill(1);
            assertThat(layer.forward(x, Pass.INFERENCE)).isSameAs(x);
            float[] y = layer.forward(x, Pass.training(SEED, 0)).toArray();
            int kept = 0;
            for (int image = 0; image < 400; image++) {
                float first = y[6 * image];
                assertThat(first).as("image %d, seed %d", image, SEED).isIn(0f, 4f);
                assertThat(Arrays.copyOfRange(y, 6 * image, 6 * image + 6)).containsOnly(first);
                kept += first > 0 ? 1 : 0;
            }
            assertThat(kept).as("seed %d", SEED).isBetween(70, 130);
        }
        assertThatThrownBy(() -> net.named("deep").stochasticDepth(1))
                .hasMessage("[stochasticDepth] deep: rate must be from 0 to below 1, got 1.0");
    }

    @Test
    void weightsOfALayerOfOnesOwnAreNamedAndBeginAsToldTo() {
        Parameter scale = net.in("block").named("scale").constant(0.5f, 2, 1);
        assertThat(scale).hasToString("block.scale [2, 1]");
        assertThat(scale.toArray()).containsExactly(0.5f, 0.5f);
        assertThat(net.named("token").parameter(3, 2).toArray())
                .isEqualTo(Init.HE_NORMAL.values(Shape.of(3, 2), SEED, "token"));
        assertThatThrownBy(() -> net.in("block").named("scale").linear(1, 1))
                .hasMessageContaining("there is already a layer block.scale (parameter)");
    }

    private void assertOutput(Layer layer, Shape input, Shape output) {
        try (Scope run = Scope.dryRun()) {
            assertThat(layer.forward(run.placeholder(input), Pass.training(SEED, 0))
                            .shape())
                    .as(layer.name())
                    .isEqualTo(output);
        }
        try (Scope run = Scope.noGrad()) {
            assertThat(layer.forward(Tensor.zeros(device, input), Pass.INFERENCE)
                            .shape())
                    .as(layer.name())
                    .isEqualTo(output);
        }
    }

    @Test
    void groupsThatDoNotDivideTheChannelsAreRefusedWhereTheLayerIsMade() {
        assertThatThrownBy(() -> net.conv2d(3, 4, 3, Conv2dOptions.SAME.withGroups(2)))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[conv2d] conv1: 2 groups do not divide 3 input and 4 output channels");
        assertThatThrownBy(() -> net.convTranspose2d(4, 3, 3, Conv2dOptions.SAME.withGroups(2)))
                .hasMessage("[convTranspose2d] convTranspose1: 2 groups do not divide 4 input and 3 output channels");
        assertThatThrownBy(() -> net.groupNorm(4, 3))
                .hasMessage("[groupNorm] norm1: 3 groups do not divide 4 channels");
        assertThatThrownBy(() -> net.attention(6, 4))
                .hasMessage("[attention] attention1: 4 heads do not divide the width 6");
    }

    /** The sum over taps, written out. */
    @Test
    void aConvolutionOfSequencesIsTheSumOverItsTaps() {
        Conv1dLayer layer =
                net.conv1d(2, 3, 3, Conv2dOptions.VALID.withStride(2).withDilation(2));
        float[] x = random(7 * 2);
        float[] w = layer.conv().weight().toArray();
        double[] expected = new double[2 * 3];
        for (int at = 0; at < 2; at++) {
            for (int o = 0; o < 3; o++) {
                for (int k = 0; k < 3; k++) {
                    for (int i = 0; i < 2; i++) {
                        expected[at * 3 + o] += (double) x[(2 * at + 2 * k) * 2 + i] * w[(o * 3 + k) * 2 + i];
                    }
                }
            }
        }
        try (Scope run = Scope.noGrad()) {
            Tensor y = layer.forward(Tensor.of(device, x, 1, 7, 2), Pass.INFERENCE);
            assertThat(y.shape()).isEqualTo(Shape.of(1, 2, 3));
            for (int i = 0; i < expected.length; i++) {
                assertThat(y.toArray()[i]).as("element %d, seed %d", i, SEED).isEqualTo((float) expected[i]);
            }
        }
        assertThatThrownBy(() -> layer.forward(Tensor.zeros(device, Shape.of(7, 2)), Pass.INFERENCE))
                .isInstanceOf(ShapeException.class)
                .hasMessage("[conv1d] conv1: needs sequences (N, L, C), got [7, 2]");
    }

    @Test
    void frozenStatisticsStayAndAreUsedInTraining() {
        BatchNormLayer norm = net.batchNorm(1);
        norm.runningMean().fill(3);
        norm.runningVariance().fill(4);
        try (Scope run = Scope.open()) {
            Tensor x = Tensor.of(device, new float[] {5, 9}, 2, 1);
            Pass training = Pass.training(SEED, 0);
            float[] frozen = norm.withFrozenStatistics().forward(x, training).toArray();
            assertThat(frozen)
                    .isEqualTo(norm.forward(x, Pass.INFERENCE).toArray())
                    .isNotEqualTo(norm.forward(x, training).toArray());
            assertThat(norm.runningMean().item()).as("moved by the other").isNotEqualTo(3);
        }
    }

    /** In training, with frozen statistics and in inference; the fused one moves the running statistics as the other does. */
    @Test
    void aFunctionBehindANormalisationIsThatFunction() {
        for (Unary function : List.of(Unary.RELU, Unary.RELU6, Unary.TANH)) {
            BatchNormLayer plain = net.named("plain" + function.label()).batchNorm(3);
            BatchNormLayer fused =
                    net.named("fused" + function.label()).batchNorm(3).then(function);
            try (Scope run = Scope.open()) {
                Tensor x = Tensor.of(device, random(4 * 5 * 3), 4, 5, 3).mul(3);
                Pass training = Pass.training(SEED, 0);
                for (Pass pass : List.of(training, Pass.INFERENCE)) {
                    assertThat(fused.forward(x, pass).toArray())
                            .isEqualTo(plain.forward(x, pass).map(function).toArray());
                }
                assertThat(fused.withFrozenStatistics().forward(x, training).toArray())
                        .isEqualTo(plain.withFrozenStatistics()
                                .forward(x, training)
                                .map(function)
                                .toArray());
                Gradients ofFused = fused.forward(x, training).square().sum().backward();
                Gradients ofPlain =
                        plain.forward(x, training).map(function).square().sum().backward();
                assertThat(ofFused.of(fused.gamma()).toArray())
                        .isEqualTo(ofPlain.of(plain.gamma()).toArray());
                assertThat(fused.runningVariance().toArray())
                        .isEqualTo(plain.runningVariance().toArray());
            }
        }
    }

    @Test
    void anEmbeddingIsTheRowOfItsIndex() {
        EmbeddingLayer embedding = net.embedding(3, 2);
        float[] w = embedding.weight().toArray();
        try (Scope run = Scope.noGrad()) {
            Tensor y = embedding.forward(Tensor.of(device, new float[] {2, 0}, 2), Pass.INFERENCE);
            assertThat(y.toArray()).containsExactly(w[4], w[5], w[0], w[1]);
        }
    }

    private static float[] random(int size) {
        Random random = new Random(SEED);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
