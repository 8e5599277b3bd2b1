package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.Buffer;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.cluster.Processes;
import dev.aorta.data.DataLoader;
import dev.aorta.data.InMemoryDataset;
import dev.aorta.data.Values;
import dev.aorta.loss.Loss;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.train.DataParallel;
import dev.aorta.train.Trainer;
import dev.aorta.train.TrainingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two GPUs: they train like one, and neither sees the other's memory. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TwoDevicesTest extends CudaTests {
    private static final long SEED = 21;
    private static final int SIDE = 8;

    private static Device gpu(int index) {
        return Device.of(new CudaBackend(
                index,
                new CudaOptions(
                        CudaOptions.Libraries.REQUIRE,
                        CudaOptions.Math.FP32,
                        CudaOptions.Algorithms.DETERMINISTIC,
                        true)));
    }

    private static float[] images(int n) {
        var random = new Random(SEED);
        float[] all = new float[n * SIDE * SIDE];
        for (int i = 0; i < all.length; i++) {
            all[i] = (float) random.nextGaussian();
        }
        return all;
    }

    /** Cross-entropy of whether pixels are positive. */
    private static Tensor loss(Layer network, Device device, float[] images, int from, int to) {
        float[] part = Arrays.copyOfRange(images, from * SIDE * SIDE, to * SIDE * SIDE);
        float[] labels = new float[part.length];
        for (int i = 0; i < part.length; i++) {
            labels[i] = part[i] > 0 ? 1 : 0;
        }
        Tensor logits = network.forward(Tensor.of(device, part, to - from, SIDE, SIDE, 1), Pass.training(SEED, 0));
        return logits.crossEntropy(Tensor.of(device, labels, to - from, SIDE, SIDE), null);
    }

    /** Losses and parameters of three steps of a small U-Net with five images, three of them on the first GPU. */
    private static List<float[]> trained(int gpus) {
        List<float[]> result = new ArrayList<>();
        float[] images = images(5);
        try (Device zero = gpu(0);
                Device one = gpu(1);
                Scope model = Scope.open();
                var parallel =
                        new DataParallel(List.of(zero, one).subList(0, gpus), device -> new CheckNet(device, 2, 1))) {
            var adam = new Adam(parallel.network().parameters(), Schedule.constant(1e-2));
            for (int i = 0; i < 3; i++) {
                try (Scope step = Scope.open()) {
                    var batch = parallel.backward(
                            5, (network, device, from, to) -> loss(network, device, images, from, to));
                    result.add(new float[] {(float) batch.loss()});
                    adam.step(batch.gradients());
                }
                parallel.broadcast();
            }
            parallel.network().parameters().forEach(p -> result.add(p.toArray()));
        }
        return result;
    }

    @Test
    void theyTrainLikeOneAndRepeatBitForBit() {
        List<float[]> one = trained(1);
        List<float[]> two = trained(2);
        for (int i = 0; i < one.size(); i++) {
            assertThat(two.get(i)).as("losses and parameters, %d", i).containsExactly(one.get(i), offset(1e-5f));
        }
        assertThat(trained(2)).usingRecursiveComparison().isEqualTo(two);
    }

    /** Parameters after two epochs in four shards, on the first GPUs, or from one on. */
    private static List<Integer> shards(int from, int to, ProcessGroup group) {
        List<Device> all =
                IntStream.range(from, to).mapToObj(TwoDevicesTest::gpu).toList();
        float[] images = images(10);
        float[] labels = new float[images.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = images[i] > 0 ? 1 : 0;
        }
        InMemoryDataset data = new InMemoryDataset(
                new Values(images, Shape.of(10, SIDE, SIDE, 1)), new Values(labels, Shape.of(10, SIDE, SIDE)));
        try (Scope model = Scope.open();
                var parallel = new DataParallel(all, device -> {
                    Layers net = new Layers(device, SEED);
                    return net.sequential(
                            net.conv2d(1, 4, 3), net.batchNorm(4), net.dropout(0.2f), net.conv2d(4, 2, 3));
                })) {
            new Trainer(
                            parallel,
                            Loss.crossEntropy(),
                            new Adam(parallel.network().parameters(), Schedule.constant(1e-2)))
                    .shards(4, group)
                    .fit(new DataLoader(data, 5).shuffled(SEED), null, 2);
            return parallel.network().parameters().stream()
                    .map(p -> Arrays.hashCode(p.toArray()))
                    .toList();
        } finally {
            all.forEach(Device::close);
        }
    }

    @Test
    void shardsHaveTheBitsOfOneGpuOnTwoOfAProcessAndInTwoProcesses() throws Exception {
        Object one = shards(0, 1, ProcessGroup.alone());
        assertThat(shards(0, 2, ProcessGroup.alone())).isEqualTo(one);
        assertThat(Processes.of(2, (rank, group) -> shards(rank, rank + 1, group)))
                .hasSize(2)
                .containsOnly(one);
    }

    @Test
    void anErrorOnTheSecondNamesIt() {
        try (Device zero = gpu(0);
                Device one = gpu(1);
                Scope model = Scope.open();
                var parallel = new DataParallel(List.of(zero, one), device -> new CheckNet(device, 2, 1))) {
            try (Scope step = Scope.open()) {
                assertThatThrownBy(() -> parallel.backward(2, (network, device, from, to) -> {
                            Tensor logits = network.forward(
                                    Tensor.zeros(device, Shape.of(1, SIDE, SIDE, 1)), Pass.training(SEED, 0));
                            float[] labels = new float[SIDE * SIDE];
                            labels[5] = from == 0 ? 1 : 7;
                            return logits.crossEntropy(Tensor.of(device, labels, 1, SIDE, SIDE), null);
                        }))
                        .isInstanceOf(TrainingException.class)
                        .hasMessageStartingWith("[train] cuda:1 failed: [crossEntropy] ")
                        .hasMessageContaining("7");
            }
            try (Scope step = Scope.open()) {
                var batch =
                        parallel.backward(2, (network, device, from, to) -> loss(network, device, images(2), from, to));
                assertThat(batch.gradients().norm()).as("it goes on").isPositive();
            }
        }
    }

    @Test
    void aKernelThatGetsTheOthersPointerFaultsAndTheOtherGoesOn() {
        try (Device zero = gpu(0)) {
            Device one = gpu(1);
            Buffer here = zero.backend().allocate(4);
            zero.backend().fill(here, 3);
            zero.backend().readScalar(zero.backend().allocate(1));
            Buffer there = one.backend().allocate(4);
            one.backend().scaleBy(there, here, here);
            assertThatThrownBy(() -> one.backend().download(new float[4], there))
                    .isInstanceOf(CudaException.class)
                    .hasMessageContaining("cuda:1")
                    .hasMessageContaining("illegal address")
                    .hasMessageContaining("scale_by, block (0, 0, 0)");
            assertThatThrownBy(one::close).isInstanceOf(CudaException.class);
            float[] values = new float[4];
            zero.backend().download(values, here);
            assertThat(values).containsOnly(3);
        }
    }
}
