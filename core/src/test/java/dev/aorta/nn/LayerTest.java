package dev.aorta.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Pool2dOptions;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class LayerTest {
    private static final Device CPU = Device.cpu();
    private static final long SEED = 5;

    private static Sequential classifier() {
        return Sequential.of(
                "classifier",
                Conv2dLayer.of("conv", CPU, 1, 8, 3, Conv2dOptions.SAME, false, Init.HE_NORMAL, SEED),
                BatchNormLayer.of("norm", CPU, 8),
                new ActivationLayer("act", new Unary(Unary.Kind.LEAKY_RELU, 0.1f, 0)),
                new MaxPool2dLayer("pool", Pool2dOptions.of(2)),
                GroupNormLayer.of("group", CPU, 8, 2),
                new DropoutLayer("drop", 0.5f),
                ConvTranspose2dLayer.of("up", CPU, 8, 2, 2, Conv2dOptions.SAME.withStride(2), Init.HE_NORMAL, SEED),
                new FlattenLayer("flat"),
                LinearLayer.of("linear", CPU, 2 * 8 * 8, 3, Init.TORCH_DEFAULT, SEED));
    }

    @Test
    void shapesAreKnownBeforehandAndTrue() {
        Sequential net = classifier();
        Shape input = Shape.of(2, 8, 8, 1);
        try (Scope scope = Scope.noGrad()) {
            Tensor y = net.forward(Tensor.zeros(CPU, input), Pass.INFERENCE);
            assertThat(y.shape()).isEqualTo(net.outputShape(input)).isEqualTo(Shape.of(2, 3));
        }
    }

    @Test
    void dropoutIsAFunctionOfTheStepAndOffInInference() {
        DropoutLayer drop = new DropoutLayer("drop", 0.25f);
        try (Scope scope = Scope.noGrad()) {
            Tensor x = Tensor.of(CPU, Init.constant(10_000, 1), 10_000);
            assertThat(drop.forward(x, Pass.INFERENCE)).isSameAs(x);
            float[] first = drop.forward(x, Pass.training(1, 0)).toArray();
            assertThat(drop.forward(x, Pass.training(1, 0)).toArray()).isEqualTo(first);
            assertThat(drop.forward(x, Pass.training(1, 1)).toArray()).isNotEqualTo(first);
            int kept = 0;
            for (float v : first) {
                assertThat(v).isIn(0f, 1 / 0.75f);
                kept += v > 0 ? 1 : 0;
            }
            assertThat(kept / 10_000.0).isCloseTo(0.75, offset(0.02));
        }
    }

    @Test
    void dropoutOfANonsensicalRateIsRefused() {
        for (float rate : new float[] {Float.NaN, -0.1f, 1}) {
            assertThatThrownBy(() -> new DropoutLayer("drop", rate))
                    .hasMessage("[dropout] drop: rate must be from 0 to below 1, got " + rate);
        }
    }

    @Test
    void batchNormLearnsTheStatisticsThatItUsesInInference() {
        BatchNormLayer norm = BatchNormLayer.of("norm", CPU, 1);
        Random random = new Random(SEED);
        for (int i = 0; i < 200; i++) {
            float[] x = new float[64];
            for (int k = 0; k < x.length; k++) {
                x[k] = (float) (3 + 2 * random.nextGaussian());
            }
            try (Scope scope = Scope.noGrad()) {
                norm.forward(Tensor.of(CPU, x, 64, 1), Pass.training(SEED, i));
            }
        }
        assertThat((double) norm.runningMean().toArray()[0]).isCloseTo(3, offset(0.3));
        assertThat((double) norm.runningVariance().toArray()[0]).isCloseTo(4, offset(0.8));
    }

    @Test
    void initialWeightsHaveTheirSpread() {
        Shape w = Shape.of(64, 3, 3, 32);
        double fanIn = 288;
        double fanOut = 576;
        assertSpread(Init.HE_NORMAL, w, Math.sqrt(2 / fanIn), Double.MAX_VALUE);
        assertSpread(Init.HE_TRUNCATED_NORMAL, w, Math.sqrt(2 / fanIn), 2 * Math.sqrt(2 / fanIn) / 0.8796);
        assertSpread(Init.HE_UNIFORM, w, Math.sqrt(2 / fanIn), Math.sqrt(6 / fanIn));
        assertSpread(Init.GLOROT_UNIFORM, w, Math.sqrt(2 / (fanIn + fanOut)), Math.sqrt(6 / (fanIn + fanOut)));
        assertSpread(Init.GLOROT_NORMAL, w, Math.sqrt(2 / (fanIn + fanOut)), Double.MAX_VALUE);
        assertSpread(Init.TORCH_DEFAULT, w, Math.sqrt(1 / (3 * fanIn)), 1 / Math.sqrt(fanIn));
    }

    @Test
    void inferenceFromManyThreadsGivesEachItsOwnResult() throws Exception {
        Sequential net = classifier();
        List<float[]> images = new ArrayList<>();
        List<float[]> alone = new ArrayList<>();
        Random random = new Random(SEED);
        for (int i = 0; i < 16; i++) {
            float[] image = new float[64];
            for (int k = 0; k < image.length; k++) {
                image[k] = (float) random.nextGaussian();
            }
            images.add(image);
            alone.add(predict(net, image));
        }
        assertThat(alone.stream().map(List::of).distinct().count()).isEqualTo(16);
        try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
            List<Callable<float[]>> calls = new ArrayList<>();
            for (int repeat = 0; repeat < 25; repeat++) {
                images.forEach(image -> calls.add(() -> predict(net, image)));
            }
            List<Future<float[]>> results = pool.invokeAll(calls);
            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).as("call %d, seed %d", i, SEED).isEqualTo(alone.get(i % 16));
            }
        }
    }

    @Test
    void namesTellParametersApart() {
        List<String> names =
                classifier().parameters().stream().map(Parameter::name).toList();
        assertThat(names).doesNotHaveDuplicates().contains("conv.weight", "norm.running_var", "linear.bias");
    }

    private static float[] predict(Layer net, float[] image) {
        try (Scope scope = Scope.noGrad()) {
            return net.forward(Tensor.of(CPU, image, 1, 8, 8, 1), Pass.INFERENCE)
                    .toArray();
        }
    }

    private static void assertSpread(Init init, Shape w, double deviation, double most) {
        float[] values = init.values(w, SEED, "w");
        double square = 0;
        for (float v : values) {
            square += v * v;
            assertThat((double) Math.abs(v)).as("%s", init).isLessThanOrEqualTo(most);
        }
        assertThat(Math.sqrt(square / values.length) / deviation).as("%s", init).isCloseTo(1, offset(0.02));
        assertThat(init.values(w, SEED, "w")).isEqualTo(values);
        assertThat(init.values(w, SEED, "v")).isNotEqualTo(values);
    }
}
