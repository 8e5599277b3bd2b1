package dev.aorta.unet.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.nn.Summary;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NetworkTest {
    private static final long SEED = 7;

    @Test
    void theLabNetworkHasItsParametersAndShapes() {
        var lab = LabNetwork.of(Device.cpu(), SEED);
        Summary summary = Summary.of(lab, Shape.of(1, 256, 256, 1));
        assertThat(summary.total()).isEqualTo(1_857_848);
        assertThat(summary.rows().stream().map(Summary.Row::parameters))
                .containsExactly(2_600L, 0L, 500_200L, 0L, 540_300L, 810_300L, 602L, 3_846L);
        assertThat(summary.rows().get(6).output()).isEqualTo(Shape.of(1, 16, 16, 2));
        assertThat(lab.outputShape(Shape.of(1, 256, 256, 1))).isEqualTo(Shape.of(1, 256, 256, 2));
    }

    @Test
    void theUNetKeepsTheSizeOfTheImage() {
        UNet net = new UNet(Device.cpu(), 1, 2, 16, 4, Norm.NONE, SEED);
        Shape input = Shape.of(1, 256, 256, 1);
        assertThat(net.outputShape(input)).isEqualTo(Shape.of(1, 256, 256, 2));
        Summary summary = Summary.of(net, input);
        assertThat(summary.total()).isEqualTo(1_940_834);
        assertThat(summary.rows().getLast()).isEqualTo(new Summary.Row("head", Shape.of(1, 256, 256, 2), 34));
    }

    @Test
    void anImageThatCannotBeHalvedIsRefused() {
        UNet net = new UNet(Device.cpu(), 1, 2, 4, 3, Norm.NONE, SEED);
        assertThatThrownBy(() -> net.outputShape(Shape.of(1, 20, 24, 1)))
                .isInstanceOf(ShapeException.class)
                .hasMessage(
                        "[unet] needs (N, H, W, C) with H and W multiples of 8 (2^depth), got [1, 20, 24, 1]; crop or pad"
                                + " the image, or use a smaller depth");
    }

    @ParameterizedTest
    @EnumSource(Norm.class)
    void tenTrainingStepsFollowTheReference(Norm norm) {
        double[] fast = losses(Device.cpu(), norm);
        double[] exact;
        try (Device reference = Device.reference()) {
            exact = losses(reference, norm);
        }
        for (int i = 0; i < exact.length; i++) {
            assertThat(fast[i] / exact[i] - 1)
                    .as("loss of step %d, seed %d", i, SEED)
                    .isBetween(-1e-3, 1e-3);
        }
        assertThat(exact[exact.length - 1])
                .as("training makes the loss smaller")
                .isLessThan(0.9 * exact[0]);
    }

    @Test
    void inferenceGivesBackAllMemoryButTheResult() {
        try (Device device = Device.reference();
                Scope model = Scope.open()) {
            UNet net = new UNet(device, 1, 2, 2, 2, Norm.BATCH, SEED);
            var backend = (dev.aorta.backend.reference.ReferenceBackend) device.backend();
            try (Scope run = Scope.noGrad()) {
                Tensor x = Tensor.zeros(device, Shape.of(1, 8, 8, 1));
                long before = backend.liveBuffers();
                Tensor y = net.forward(x, Pass.INFERENCE);
                assertThat(y.shape()).isEqualTo(Shape.of(1, 8, 8, 2));
                assertThat(backend.liveBuffers()).isEqualTo(before + 1);
            }
        }
    }

    private static double[] losses(Device device, Norm norm) {
        double[] losses = new double[10];
        try (Scope model = Scope.open()) {
            Layer net = new UNet(device, 1, 3, 4, 2, norm, SEED);
            Adam adam = new Adam(net.parameters(), Schedule.constant(1e-2));
            Random random = new Random(SEED);
            float[] image = new float[2 * 16 * 12];
            float[] label = new float[image.length];
            for (int i = 0; i < image.length; i++) {
                image[i] = (float) random.nextGaussian();
                label[i] = random.nextInt(3);
            }
            for (int i = 0; i < losses.length; i++) {
                try (Scope step = Scope.open()) {
                    Tensor x = Tensor.of(device, image, 2, 16, 12, 1);
                    Tensor loss = net.forward(x, Pass.training(SEED, i))
                            .crossEntropy(Tensor.of(device, label, 2, 16, 12), null);
                    losses[i] = loss.item();
                    Gradients gradients = loss.backward();
                    for (Parameter p : net.parameters()) {
                        assertThat(gradients.has(p)).as(p.name()).isEqualTo(p.trainable());
                    }
                    adam.step(gradients);
                }
            }
        }
        return losses;
    }
}
