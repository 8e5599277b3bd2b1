package dev.aorta.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.backend.ConvShape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The convolution of an image in parts is, bit for bit, that of the parts joined. */
class ConcatConv2dTest {
    private static final Device CPU = Device.cpu();
    private static final long SEED = 20261123;

    private final Random random = new Random(SEED);

    @ParameterizedTest
    @ValueSource(strings = {"16 16", "32 16 5", "16", "5 16", "48 32 16 16"})
    void equalsTheConvolutionOfTheJoinedParts(String channels) {
        List<Shape> shapes = shapes(channels);
        float[] w = values(24 * 9 * shapes.stream().mapToInt(s -> s.dim(3)).sum());
        List<float[]> images = shapes.stream().map(s -> values(s.size())).toList();
        assertThat(run(shapes, images, w, true, shapes.size()))
                .as("channels %s, seed %d", channels, SEED)
                .isDeepEqualTo(run(shapes, images, w, false, shapes.size()));
        assertThat(run(shapes, images, w, true, 1))
                .as("channels %s, of which the first alone needs a gradient, seed %d", channels, SEED)
                .isDeepEqualTo(run(shapes, images, w, false, 1));
    }

    @Test
    void vectorsReadThePartsWhereTheyAre() {
        ConvShape s = ConvShape.of("", Shape.of(1, 32, 32, 32), Shape.of(16, 3, 3, 32), Conv2dOptions.SAME);
        boolean vectors = CPU.backend().description().contains("SIMD");
        assertThat(CPU.backend().takesParts(s, 16, 16)).isEqualTo(vectors);
        assertThat(CPU.backend().takesParts(s, 15, 17)).isFalse();
    }

    @Test
    void partsThatDoNotFitAreRefused() {
        try (Scope scope = Scope.noGrad()) {
            Tensor a = Tensor.zeros(CPU, Shape.of(1, 8, 8, 16));
            Tensor b = Tensor.zeros(CPU, Shape.of(1, 8, 9, 16));
            Tensor w = Tensor.zeros(CPU, Shape.of(4, 3, 3, 32));
            Tensor bias = Tensor.zeros(CPU, Shape.of(4));
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> Tensor.concatConv2d(List.of(a, b), w, bias, Conv2dOptions.SAME, false))
                    .withMessageContaining("must agree on all axes but axis 3");
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> Tensor.concatConv2d(List.of(a), w, bias, Conv2dOptions.SAME, false));
            assertThatExceptionOfType(ShapeException.class)
                    .isThrownBy(() -> Tensor.concatConv2d(List.of(), w, bias, Conv2dOptions.SAME, false));
        }
    }

    /** Output, then gradients of the first {@code differentiable} parts, of the weight and of the bias. */
    private static float[][] run(
            List<Shape> shapes, List<float[]> images, float[] w, boolean inParts, int differentiable) {
        int out = 24;
        try (Scope scope = Scope.open()) {
            List<Tensor> parts = new ArrayList<>();
            for (int i = 0; i < images.size(); i++) {
                Tensor part = Tensor.of(CPU, images.get(i), shapes.get(i).dims());
                parts.add(i < differentiable ? part.requireGradient() : part);
            }
            Tensor weight = Tensor.of(CPU, w, out, 3, 3, w.length / 9 / out).requireGradient();
            Tensor bias = Tensor.zeros(CPU, Shape.of(out)).requireGradient();
            Tensor y = inParts
                    ? Tensor.concatConv2d(parts, weight, bias, Conv2dOptions.SAME, true)
                    : Tensor.concat(3, parts.toArray(Tensor[]::new)).conv2d(weight, bias, Conv2dOptions.SAME, true);
            List<float[]> all = new ArrayList<>(List.of(y.keep().toArray()));
            Gradients gradients = y.mul(y).sum().backward();
            parts.subList(0, differentiable)
                    .forEach(p -> all.add(gradients.of(p).toArray()));
            all.add(gradients.of(weight).toArray());
            all.add(gradients.of(bias).toArray());
            return all.toArray(float[][]::new);
        }
    }

    private static List<Shape> shapes(String channels) {
        return List.of(channels.split(" ")).stream()
                .map(c -> Shape.of(2, 21, 34, Integer.parseInt(c)))
                .toList();
    }

    private float[] values(int n) {
        float[] v = new float[n];
        for (int i = 0; i < n; i++) {
            v[i] = (float) random.nextGaussian();
        }
        return v;
    }
}
