package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.unet.model.Norm;
import dev.aorta.unet.model.UNet;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The application's own network, trained on the software CUDA device beside the reference. */
class UNetOnCudaTest {
    private static final long SEED = 5;

    @BeforeAll
    static void device() {
        SoftwareCuda.require();
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void tenTrainingStepsFollowTheReference(Norm norm) {
        double[] exact = losses(Device.reference(), norm);
        assertThat(exact[exact.length - 1])
                .as("training makes the loss smaller, seed %d", SEED)
                .isLessThan(0.9 * exact[0]);
        assertFollows(exact, CudaOptions.Math.FP32, norm, 1e-3);
        assertFollows(exact, CudaOptions.Math.BFLOAT16, norm, 0.05);
    }

    private static void assertFollows(double[] exact, CudaOptions.Math math, Norm norm, double tolerance) {
        var options = new CudaOptions(CudaOptions.Libraries.REQUIRE, math, CudaOptions.Algorithms.TIMED, true);
        double[] losses = losses(Device.of(new CudaBackend(0, options)), norm);
        for (int i = 0; i < exact.length; i++) {
            assertThat(losses[i] / exact[i] - 1)
                    .as("loss of step %d in %s, seed %d", i, math, SEED)
                    .isBetween(-tolerance, tolerance);
        }
        assertThat(SoftwareCuda.liveBytes()).as("bytes left on the device").isZero();
        assertThat(SoftwareCuda.leaks()).isZero();
    }

    private static double[] losses(Device device, Norm norm) {
        double[] losses = new double[10];
        try (device;
                Scope model = Scope.open()) {
            UNet net = new UNet(device, 1, 2, 4, 2, norm, SEED);
            Adam adam = new Adam(net.parameters(), Schedule.constant(3e-3));
            var random = new Random(SEED);
            Shape shape = Shape.of(2, 8, 16, 1);
            float[] image = new float[shape.size()];
            float[] label = new float[image.length];
            for (int i = 0; i < image.length; i++) {
                label[i] = i % 16 < 8 ? 0 : 1;
                image[i] = (float) random.nextGaussian() + label[i];
            }
            for (int i = 0; i < losses.length; i++) {
                try (Scope step = Scope.open()) {
                    Tensor logits = net.forward(Tensor.of(device, image, 2, 8, 16, 1), Pass.training(SEED, i));
                    Tensor loss = logits.crossEntropy(Tensor.of(device, label, 2, 8, 16), null);
                    losses[i] = loss.item();
                    adam.step(loss.backward());
                }
            }
        }
        return losses;
    }
}
