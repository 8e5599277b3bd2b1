package dev.aorta.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.zoo.Architecture;
import dev.aorta.zoo.MobileNetV2;
import dev.aorta.zoo.Norm;
import dev.aorta.zoo.ResNet;
import dev.aorta.zoo.UNet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ForInferenceTest {
    private static final long SEED = 20261130;

    static List<Architecture> architectures() {
        return List.of(
                ResNet.resnet18().withWidth(16).withClasses(10),
                new MobileNetV2().withWidth(0.25).withClasses(10),
                new UNet(3, 2).withBase(8).withDepth(2).withNorm(Norm.BATCH));
    }

    /** With running statistics that are not those of the identity, on other batches and sizes than the example. */
    @ParameterizedTest
    @MethodSource("architectures")
    void computesTheSameWithoutNormalisations(Architecture architecture) {
        try (Device device = Device.cpu(1);
                Scope scope = Scope.open()) {
            Layer network = network(architecture, device);
            Layer fast = Onnx.forInference(network, device, Shape.of(1, 32, 32, 3));
            assertThat(fast.parameters()).noneMatch(p -> p.name().contains("running"));
            assertThat(fast.parameters().size()).isLessThan(network.parameters().size());
            for (Shape shape : List.of(Shape.of(1, 32, 32, 3), Shape.of(3, 64, 32, 3))) {
                Tensor x = images(shape, device);
                float[] expected = network.forward(x, Pass.INFERENCE).toArray();
                float[] got = fast.forward(x, Pass.INFERENCE).toArray();
                assertThat(got).hasSameSizeAs(expected);
                float largest = 0;
                for (float e : expected) {
                    largest = Math.max(largest, Math.abs(e));
                }
                for (int i = 0; i < got.length; i++) {
                    assertThat(got[i]).as("seed %d", SEED).isCloseTo(expected[i], within(2e-5f * largest));
                }
            }
        }
    }

    @Test
    void itsWeightsAreCopies() {
        try (Device device = Device.cpu(1);
                Scope scope = Scope.open()) {
            Layer network = network(architectures().getFirst(), device);
            Tensor x = images(Shape.of(1, 32, 32, 3), device);
            Layer fast = Onnx.forInference(network, device, x.shape());
            float[] before = fast.forward(x, Pass.INFERENCE).toArray();
            network.parameters().forEach(p -> p.set(new float[p.shape().size()]));
            assertThat(fast.forward(x, Pass.INFERENCE).toArray()).isEqualTo(before);
        }
    }

    @Test
    void refusesAnExampleThatDoesNotFit() {
        try (Device device = Device.cpu(1);
                Scope scope = Scope.open()) {
            Layer network = network(architectures().getFirst(), device);
            assertThatThrownBy(() -> Onnx.forInference(network, device, Shape.of(1, 32, 32, 4)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessageContaining("conv2d");
        }
    }

    private static Tensor images(Shape shape, Device device) {
        Random r = new Random(SEED);
        double[] values = r.doubles(shape.size(), -2, 2).toArray();
        return Tensor.of(device, values, shape.dims());
    }

    private static Layer network(Architecture architecture, Device device) {
        Layer network = architecture.build(new Layers(device, SEED));
        Random r = new Random(SEED);
        for (Parameter p : network.parameters()) {
            boolean mean = p.name().endsWith("running_mean");
            if (mean || p.name().endsWith("running_var")) {
                float[] values = new float[p.shape().size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = mean ? (float) r.nextGaussian() / 4 : 0.5f + r.nextFloat();
                }
                p.set(values);
            }
        }
        return network;
    }
}
