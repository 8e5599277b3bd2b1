package dev.aorta.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Device;
import dev.aorta.GradientCheck;
import dev.aorta.Scope;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultiHeadAttentionTest {
    private static final long SEED = 4;
    private static final int IMAGES = 2;
    private static final int WIDTH = 6;

    /** The formula of PyTorch's MultiheadAttention in loops, for (T, width) and (S, contextWidth). */
    private static double[][] expected(
            MultiHeadAttentionLayer layer, double[][] x, double[][] context, double[][] mask, int heads) {
        double[][] q = linear(layer.query(), x);
        double[][] k = linear(layer.key(), context);
        double[][] v = linear(layer.value(), context);
        int share = WIDTH / heads;
        double[][] seen = new double[x.length][WIDTH];
        for (int h = 0; h < heads; h++) {
            for (int t = 0; t < x.length; t++) {
                double[] e = new double[context.length];
                double sum = 0;
                for (int s = 0; s < context.length; s++) {
                    double dot = 0;
                    for (int i = h * share; i < (h + 1) * share; i++) {
                        dot += q[t][i] * k[s][i];
                    }
                    e[s] = Math.exp(dot / Math.sqrt(share) + mask[t][s]);
                    sum += e[s];
                }
                for (int s = 0; s < context.length; s++) {
                    for (int i = h * share; i < (h + 1) * share; i++) {
                        seen[t][i] += e[s] / sum * v[s][i];
                    }
                }
            }
        }
        return linear(layer.output(), seen);
    }

    private static double[][] linear(LinearLayer layer, double[][] x) {
        float[] w = layer.weight().toArray();
        float[] bias = layer.parameters().getLast().toArray();
        double[][] y = new double[x.length][WIDTH];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < WIDTH; o++) {
                for (int i = 0; i < x[t].length; i++) {
                    y[t][o] += x[t][i] * w[o * x[t].length + i];
                }
                y[t][o] += bias[o];
            }
        }
        return y;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 6})
    void crossAttentionIsItsFormula(int heads) {
        int t = 4;
        int s = 5;
        int contextWidth = 3;
        Random random = new Random(SEED);
        double[][] mask = new double[t][s];
        float[] flatMask = new float[t * s];
        for (int i = 0; i < flatMask.length; i++) {
            flatMask[i] = i % s != 0 && random.nextInt(3) == 0 ? Float.NEGATIVE_INFINITY : 0;
            mask[i / s][i % s] = flatMask[i];
        }
        for (Device device : List.of(Device.reference(), Device.cpu())) {
            try (Scope scope = Scope.noGrad()) {
                MultiHeadAttentionLayer layer = new Layers(device, SEED).attention(WIDTH, contextWidth, heads);
                layer.parameters().forEach(p -> p.set(random(random, p.shape().size())));
                float[] x = random(random, IMAGES * t * WIDTH);
                float[] context = random(random, IMAGES * s * contextWidth);
                float[] got = layer.attend(
                                Tensor.of(device, x, IMAGES, t, WIDTH),
                                Tensor.of(device, context, IMAGES, s, contextWidth),
                                Tensor.of(device, flatMask, t, s),
                                Pass.INFERENCE)
                        .toArray();
                for (int n = 0; n < IMAGES; n++) {
                    double[][] want =
                            expected(layer, rows(x, n, t, WIDTH), rows(context, n, s, contextWidth), mask, heads);
                    for (int i = 0; i < t * WIDTH; i++) {
                        assertThat((double) got[n * t * WIDTH + i])
                                .as("%s, image %d, element %d, seed %d", device, n, i, SEED)
                                .isCloseTo(want[i / WIDTH][i % WIDTH], offset(2e-5));
                    }
                }
            }
        }
    }

    @Test
    void aCausalMaskHidesWhatComesLater() {
        try (Device device = Device.reference();
                Scope scope = Scope.noGrad()) {
            MultiHeadAttentionLayer layer = new Layers(device, SEED).attention(WIDTH, 2);
            Tensor mask = MultiHeadAttentionLayer.causalMask(device, 3);
            float[] x = random(new Random(SEED), 3 * WIDTH);
            float[] first = attend(layer, device, x, mask);
            x[2 * WIDTH] += 1;
            float[] second = attend(layer, device, x, mask);
            for (int i = 0; i < first.length; i++) {
                assertThat(second[i] == first[i])
                        .as("element %d, seed %d", i, SEED)
                        .isEqualTo(i < 2 * WIDTH);
            }
        }
    }

    private static float[] attend(MultiHeadAttentionLayer layer, Device device, float[] x, Tensor mask) {
        Tensor t = Tensor.of(device, x, 1, 3, WIDTH);
        return layer.attend(t, t, mask, Pass.INFERENCE).toArray();
    }

    @Test
    void itsGradientsAreThoseOfCentralDifferences() {
        try (Device device = Device.reference();
                Scope scope = Scope.open()) {
            MultiHeadAttentionLayer layer =
                    new Layers(device, SEED).attention(4, 2).withDropout(0.25f);
            Tensor x = Tensor.of(device, random(new Random(SEED), 2 * 3 * 4), 2, 3, 4)
                    .requireGradient();
            List<Tensor> inputs = new ArrayList<>(List.of(x));
            inputs.addAll(layer.parameters());
            GradientCheck.of(t -> layer.forward(t[0], Pass.training(SEED, 0)), inputs.toArray(Tensor[]::new))
                    .requirePassed();
        }
    }

    @Test
    void dropoutIsForTrainingAlone() {
        try (Scope scope = Scope.noGrad()) {
            MultiHeadAttentionLayer layer = new Layers(Device.cpu(), SEED).attention(WIDTH, 2);
            Tensor x = Tensor.of(Device.cpu(), random(new Random(SEED), 4 * WIDTH), 1, 4, WIDTH);
            float[] plain = layer.forward(x, Pass.INFERENCE).toArray();
            MultiHeadAttentionLayer dropping = layer.withDropout(0.5f);
            assertThat(dropping.forward(x, Pass.INFERENCE).toArray()).isEqualTo(plain);
            assertThat(dropping.forward(x, Pass.training(SEED, 0)).toArray()).isNotEqualTo(plain);
        }
    }

    @Test
    void imagesAreRefused() {
        try (Scope scope = Scope.noGrad()) {
            MultiHeadAttentionLayer layer = new Layers(Device.cpu(), SEED).attention(WIDTH, 2);
            Tensor image = Tensor.of(Device.cpu(), new float[4 * WIDTH], 1, 2, 2, WIDTH);
            assertThatThrownBy(() -> layer.forward(image, Pass.INFERENCE))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[attention] attention1: needs sequences (N, T, C), got [1, 2, 2, 6] and the context"
                            + " [1, 2, 2, 6]");
        }
    }

    private static double[][] rows(float[] values, int image, int rows, int columns) {
        double[][] out = new double[rows][columns];
        for (int i = 0; i < rows * columns; i++) {
            out[i / columns][i % columns] = values[image * rows * columns + i];
        }
        return out;
    }

    private static float[] random(Random random, int size) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
