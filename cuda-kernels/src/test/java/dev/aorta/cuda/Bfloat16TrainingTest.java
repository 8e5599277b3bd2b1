package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Training in bfloat16 beside training in float32: as good, in half the memory. */
class Bfloat16TrainingTest extends CudaTests {
    private static final long SEED = 11;

    /** The U-Net, on a task that it can learn, is within 5 % of float32's loss. */
    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NONE"})
    void bfloat16LearnsWhatFloat32Learns(CudaOptions.Libraries libraries) {
        Learned exact = learned(open(libraries, CudaOptions.Math.FP32));
        Learned rounded = learned(open(libraries, CudaOptions.Math.BFLOAT16));
        assertThat(exact.last).as("float32 learns, seed %d", SEED).isLessThan(0.35 * exact.first);
        assertThat(rounded.last / exact.last - 1)
                .as("bfloat16 learns as much, seed %d", SEED)
                .isBetween(-0.05, 0.05);
    }

    /** A step on images that are large beside the weights takes about half of float32's memory. */
    @Test
    void bfloat16TakesHalfTheMemory() {
        long exact = bytesOfAStep(open(CudaOptions.Libraries.NONE, CudaOptions.Math.FP32));
        long rounded = bytesOfAStep(open(CudaOptions.Libraries.NONE, CudaOptions.Math.BFLOAT16));
        assertThat((double) rounded / exact).isLessThan(0.6);
    }

    private static long bytesOfAStep(CudaBackend backend) {
        int size = 64;
        try (Device device = Device.of(backend);
                Scope model = Scope.open()) {
            var net = new CheckNet(device, 4, 1);
            Tensor x = Tensor.of(device, new float[size * size], 1, size, size, 1);
            Tensor labels = Tensor.of(device, new float[size * size], 1, size, size);
            long before = backend.reservedBytes();
            net.forward(x, Pass.training(SEED, 0)).crossEntropy(labels, null).backward();
            return backend.reservedBytes() - before;
        }
    }

    private record Learned(double first, double last) {}

    private static Learned learned(CudaBackend backend) {
        double first = 0;
        double last = 0;
        int size = 16;
        float[] image = new float[2 * size * size];
        float[] label = new float[image.length];
        var random = new Random(SEED);
        for (int i = 0; i < image.length; i++) {
            int row = i / size % size - 8;
            int column = i % size - 8;
            label[i] = row * row + column * column < 25 + 20 * (i / size / size) ? 1 : 0;
            image[i] = label[i] + (float) random.nextGaussian();
        }
        try (Device device = Device.of(backend);
                Scope model = Scope.open()) {
            var net = new CheckNet(device, 4, 2);
            var adam = new Adam(net.parameters(), Schedule.constant(3e-3));
            Tensor x = Tensor.of(device, image, 2, size, size, 1);
            Tensor labels = Tensor.of(device, label, 2, size, size);
            for (int i = 0; i < 16; i++) {
                try (Scope step = Scope.open()) {
                    Tensor loss = net.forward(x, Pass.training(SEED, i)).crossEntropy(labels, null);
                    last = loss.item();
                    first = i == 0 ? last : first;
                    adam.step(loss.backward());
                }
            }
            return new Learned(first, last);
        }
    }
}
