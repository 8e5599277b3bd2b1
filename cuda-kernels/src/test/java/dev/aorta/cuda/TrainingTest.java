package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Pool2dOptions;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.backend.reference.ReferenceBackend;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ten training steps of a small U-Net follow the double-precision reference. */
class TrainingTest extends CudaTests {
    private static final long SEED = 11;

    @ParameterizedTest
    @CsvSource({
        "REQUIRE, FP32, 1e-3",
        "NONE, FP32, 1e-3",
        "REQUIRE, TF32, 1e-3",
        "NONE, TF32, 1e-3",
        "REQUIRE, BFLOAT16, 5e-3",
        "NONE, BFLOAT16, 5e-3"
    })
    void tenStepsFollowTheReference(CudaOptions.Libraries libraries, CudaOptions.Math math, double bound) {
        double[] exact = losses(Device.of(new ReferenceBackend()));
        double[] fast = losses(Device.of(open(libraries, math)));
        for (int i = 0; i < exact.length; i++) {
            assertThat(fast[i] / exact[i] - 1)
                    .as("loss of step %d, seed %d", i, SEED)
                    .isBetween(-bound, bound);
        }
        assertThat(exact[9]).as("training makes the loss smaller").isLessThan(0.9 * exact[0]);
    }

    /** A step of layers, tape, clipping and optimiser repeats bit for bit. */
    @ParameterizedTest
    @CsvSource({"REQUIRE, FP32", "NONE, FP32", "NONE, TF32", "REQUIRE, BFLOAT16", "NONE, BFLOAT16"})
    void aTrainingRepeats(CudaOptions.Libraries libraries, CudaOptions.Math math) {
        List<float[]> once = trained(open(libraries, math));
        List<float[]> again = trained(open(libraries, math));
        for (int i = 0; i < once.size(); i++) {
            assertThat(again.get(i)).as("parameter %d", i).isEqualTo(once.get(i));
        }
    }

    /** The parameters after four steps. */
    private static List<float[]> trained(CudaBackend backend) {
        try (Device device = Device.of(backend);
                Scope model = Scope.open()) {
            var net = new CheckNet(device, 2, 1);
            var adam = new Adam(net.parameters(), Schedule.cosine(1e-2, 1e-3, 4));
            Tensor x = Tensor.of(device, image(), 2, 12, 8, 1);
            Tensor labels = Tensor.of(device, twoClasses(), 2, 12, 8);
            for (int i = 0; i < 4; i++) {
                try (Scope scope = Scope.open()) {
                    Tensor logits = net.forward(x, Pass.training(SEED, i));
                    Gradients gradients = logits.crossEntropy(labels, null)
                            .add(logits.diceLoss(labels, 1))
                            .backward();
                    gradients.clipByNorm(0.5);
                    adam.step(gradients);
                }
            }
            return net.parameters().stream().map(Tensor::toArray).toList();
        }
    }

    /** A label that is not a class is named where somebody waits, and nothing becomes NaN. */
    @Test
    void aWrongLabelIsNamedAtTheNextWait() {
        try (Device device = Device.of(open());
                Scope model = Scope.open()) {
            var net = new CheckNet(device, 2, 1);
            var adam = new Adam(net.parameters(), Schedule.constant(1e-2));
            Tensor x = Tensor.of(device, image(), 2, 12, 8, 1);
            Tensor labels = Tensor.of(device, twoClasses(), 2, 12, 8);
            Runnable step = () -> {
                try (Scope scope = Scope.open()) {
                    adam.step(net.forward(x, Pass.training(SEED, 0))
                            .crossEntropy(labels, null)
                            .backward());
                }
            };
            float[] wrong = twoClasses();
            wrong[100] = 2;
            wrong[120] = Float.NaN;
            labels.set(wrong);
            step.run();
            labels.set(twoClasses());
            assertThatThrownBy(net.parameters().getFirst()::toArray)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[crossEntropy] label 2.0 at element 100 of [2, 12, 8] is not a class: expected a whole"
                            + " number from 0 to 1");
            step.run();
            assertThat(net.parameters().getFirst().toArray()).doesNotContain(Float.NaN);
        }
    }

    private static float[] twoClasses() {
        float[] two = label();
        for (int i = 0; i < two.length; i++) {
            two[i] = Math.min(two[i], 1);
        }
        return two;
    }

    private static float[] image() {
        var random = new Random(SEED);
        float[] image = new float[2 * 12 * 8];
        for (int i = 0; i < image.length; i++) {
            image[i] = (float) random.nextGaussian();
        }
        return image;
    }

    private static float[] label() {
        var random = new Random(SEED + 1);
        float[] label = new float[2 * 12 * 8];
        for (int i = 0; i < label.length; i++) {
            label[i] = random.nextInt(3);
        }
        return label;
    }

    private static double[] losses(Device device) {
        double[] losses = new double[10];
        try (device;
                Scope model = Scope.open()) {
            Layers net = new Layers(device, SEED);
            var down = net.conv2d(1, 4, 3).withRelu();
            var bottom = net.conv2d(4, 8, 3).withRelu();
            var up = net.convTranspose2d(8, 4, 2, Conv2dOptions.SAME.withStride(2));
            var head = net.conv2d(8, 3, 1);
            Stream<Parameter> parameters = Stream.of(down, bottom, up, head).flatMap(l -> l.parameters().stream());
            Adam adam = new Adam(parameters.toList(), Schedule.constant(1e-2));
            float[] image = image();
            float[] label = label();
            for (int i = 0; i < losses.length; i++) {
                try (Scope step = Scope.open()) {
                    Pass pass = Pass.training(SEED, i);
                    Tensor skip = down.forward(Tensor.of(device, image, 2, 12, 8, 1), pass);
                    Tensor deep = bottom.forward(skip.maxPool2d(Pool2dOptions.of(2)), pass);
                    Tensor logits = head.forward(Tensor.concat(3, skip, up.forward(deep, pass)), pass);
                    Tensor loss = logits.crossEntropy(Tensor.of(device, label, 2, 12, 8), null);
                    losses[i] = loss.item();
                    adam.step(loss.backward());
                }
            }
        }
        return losses;
    }
}
