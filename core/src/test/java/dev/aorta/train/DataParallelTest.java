package dev.aorta.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Dataset;
import dev.aorta.loss.Loss;
import dev.aorta.metric.Meters;
import dev.aorta.metric.RocAucMeter;
import dev.aorta.metric.SegmentationMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.Sgd;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several CPU devices train like one. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DataParallelTest {
    private static final long SEED = 3;
    private static final int SIDE = 6;
    private static final List<Device> DEVICES = List.of(Device.cpu(1), Device.cpu(1), Device.cpu(1));

    @AfterAll
    static void close() {
        DEVICES.forEach(Device::close);
    }

    private static Layer network(Device device) {
        Layers net = new Layers(device, SEED);
        return net.sequential(net.conv2d(1, 4, 3).withRelu(), net.groupNorm(4, 2), net.conv2d(4, 2, 1));
    }

    private static float[] images(int n) {
        Random random = new Random(SEED);
        float[] all = new float[n * SIDE * SIDE];
        for (int i = 0; i < all.length; i++) {
            all[i] = (float) random.nextGaussian();
        }
        return all;
    }

    /** Cross-entropy of whether pixels are positive. */
    private static Tensor loss(Layer network, Device device, float[] images, int from, int to) {
        float[] part = new float[(to - from) * SIDE * SIDE];
        float[] labels = new float[part.length];
        for (int i = 0; i < part.length; i++) {
            part[i] = images[from * SIDE * SIDE + i];
            labels[i] = part[i] > 0 ? 1 : 0;
        }
        Tensor logits = network.forward(Tensor.of(device, part, to - from, SIDE, SIDE, 1), Pass.training(SEED, 0));
        return logits.crossEntropy(Tensor.of(device, labels, to - from, SIDE, SIDE), null);
    }

    /** What a training leaves: the losses of its steps, then the parameters of each replica. */
    private static List<float[]> trained(int devices, int batch) {
        List<float[]> result = new ArrayList<>();
        List<Layer> replicas = new ArrayList<>();
        float[] images = images(batch);
        try (Scope model = Scope.open();
                DataParallel parallel = new DataParallel(DEVICES.subList(0, devices), device -> {
                    replicas.add(network(device));
                    return replicas.getLast();
                })) {
            Sgd sgd = new Sgd(parallel.network().parameters(), Schedule.constant(0.1)).momentum(0.9);
            float[] losses = new float[5];
            for (int i = 0; i < losses.length; i++) {
                try (Scope step = Scope.open()) {
                    var batchResult = parallel.backward(
                            batch, (network, device, from, to) -> loss(network, device, images, from, to));
                    losses[i] = (float) batchResult.loss();
                    batchResult.gradients().clipByNorm(1);
                    sgd.step(batchResult.gradients());
                }
                parallel.broadcast();
            }
            result.add(losses);
            for (Layer replica : replicas) {
                replica.parameters().forEach(p -> result.add(p.toArray()));
            }
        }
        return result;
    }

    /** Also with uneven parts, and with fewer images than devices. */
    @ParameterizedTest
    @CsvSource({"2, 4", "2, 5", "3, 4", "3, 5", "3, 2", "2, 1"})
    void severalDevicesTrainLikeOne(int devices, int batch) {
        List<float[]> one = trained(1, batch);
        List<float[]> several = trained(devices, batch);
        for (int i = 0; i < one.size(); i++) {
            assertThat(several.get(i)).as("losses and parameters, %d", i).containsExactly(one.get(i), offset(2e-6f));
        }
        int parameters = one.size() - 1;
        for (int i = 1; i <= parameters; i++) {
            for (int d = 1; d < devices; d++) {
                assertThat(several.get(d * parameters + i))
                        .as("parameter %d of replica %d", i, d)
                        .isEqualTo(several.get(i));
            }
        }
        assertThat(one.getFirst()[4]).as("training makes the loss smaller").isLessThan(0.9f * one.getFirst()[0]);
    }

    @Test
    void trainingsRepeatBitForBit() {
        assertThat(trained(3, 5)).usingRecursiveComparison().isEqualTo(trained(3, 5));
    }

    @Test
    void afterAFailureAllHaveStoppedAndTheDevicesAreNamed() {
        Device reference = Device.reference();
        try (Scope model = Scope.open();
                DataParallel parallel =
                        new DataParallel(List.of(DEVICES.get(0), reference), DataParallelTest::network)) {
            float[] before = parallel.network().parameters().getFirst().toArray();
            DataParallel.Part failing = (network, device, from, to) -> {
                if (device == reference) {
                    throw new IllegalStateException("told to fail");
                }
                return loss(network, device, images(2), from, to);
            };
            try (Scope step = Scope.open()) {
                assertThatThrownBy(() -> parallel.backward(2, failing))
                        .isInstanceOf(TrainingException.class)
                        .hasMessage("[train] reference failed: told to fail")
                        .hasCauseInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> parallel.backward(2, (network, device, from, to) -> {
                            throw new IllegalStateException("told to fail on " + device);
                        }))
                        .hasMessage("[train] cpu failed: told to fail on cpu")
                        .satisfies(e -> assertThat(e.getSuppressed()[0])
                                .hasMessage("[train] reference failed: told to fail on reference"));
            }
            assertThat(parallel.network().parameters().getFirst().toArray()).isEqualTo(before);
            try (Scope step = Scope.open()) {
                var result =
                        parallel.backward(2, (network, device, from, to) -> loss(network, device, images(2), from, to));
                assertThat(result.gradients().norm()).as("it goes on").isPositive();
            }
        } finally {
            reference.close();
        }
    }

    /** It became a TrainingException, which no handler of full memory catches. */
    @Test
    void anErrorStaysWhatItIsAndGoesBeforeExceptions() {
        OutOfMemoryError full = new OutOfMemoryError("told to fail");
        try (Scope model = Scope.open();
                DataParallel parallel = new DataParallel(DEVICES, DataParallelTest::network);
                Scope step = Scope.open()) {
            assertThatThrownBy(() -> parallel.backward(3, (network, device, from, to) -> {
                        if (from == 2) {
                            throw full;
                        }
                        throw new IllegalStateException("part " + from);
                    }))
                    .isSameAs(full)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .extracting(Throwable::getMessage)
                            .containsExactly("[train] cpu failed: part 0", "[train] cpu failed: part 1"));
            assertThatThrownBy(() -> parallel.backward(3, (network, device, from, to) -> {
                        throw full;
                    }))
                    .as("one error of all")
                    .isSameAs(full);
        }
    }

    /** It was replaced by what was left of an earlier step, or left out. */
    @Test
    void aPartThatDoesNotReachAParameterAddsNothingToItsGradient() {
        Function<Device, Layer> build = device -> new BranchingLayer(
                new Parameter("always", device, Shape.of(1), new float[] {1}, true),
                new Parameter("sometimes", device, Shape.of(1), new float[] {1}, true));
        try (Scope model = Scope.open();
                DataParallel parallel = new DataParallel(DEVICES.subList(0, 2), build)) {
            try (Scope step = Scope.open()) {
                var g = parallel.backward(2, (network, device, from, to) -> branching(network, true))
                        .gradients();
                assertThat(parallel.network().parameters())
                        .allSatisfy(p -> assertThat(g.of(p).toArray()).containsExactly(1));
            }
            try (Scope step = Scope.open()) {
                var g = parallel.backward(2, (network, device, from, to) -> branching(network, from == 0))
                        .gradients();
                assertThat(g.of(parallel.network().parameters().getLast()).toArray())
                        .containsExactly(0.5f);
            }
            try (Scope step = Scope.open()) {
                assertThatThrownBy(() ->
                                parallel.backward(2, (network, device, from, to) -> branching(network, from == 1)))
                        .isInstanceOf(TrainingException.class)
                        .hasMessageStartingWith(
                                "[train] the loss on cpu depends on sometimes [1], and that on cpu does");
            }
        }
    }

    private static Tensor branching(Layer network, boolean both) {
        List<Parameter> p = network.parameters();
        return both ? p.getFirst().add(p.getLast()).sum() : p.getFirst().sum();
    }

    /** Two parameters without a function of their own. */
    private record BranchingLayer(Parameter always, Parameter sometimes) implements Layer {
        @Override
        public String name() {
            return "branching";
        }

        @Override
        public Tensor forward(Tensor x, Pass pass) {
            return x;
        }

        @Override
        public List<Parameter> parameters() {
            return List.of(always, sometimes);
        }
    }

    @Test
    void oneDeviceUsesTheCallersThreadAndItsFailuresAreItsOwn() {
        try (Scope model = Scope.open();
                DataParallel parallel = new DataParallel(DEVICES.subList(0, 1), DataParallelTest::network);
                Scope step = Scope.open()) {
            Thread caller = Thread.currentThread();
            parallel.backward(3, (network, device, from, to) -> {
                assertThat(Thread.currentThread()).isSameAs(caller);
                assertThat(from).isZero();
                assertThat(to).isEqualTo(3);
                return loss(network, device, images(3), from, to);
            });
            assertThatThrownBy(() -> parallel.backward(3, (network, device, from, to) -> {
                        throw new IllegalStateException("told to fail");
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("told to fail");
        }
    }

    /** Five pairs in batches of three and two, of meters that read the output as it is and reduced. */
    @Test
    void theTrainerScoresEveryPart() {
        EpochScores one = epoch(1);
        EpochScores two = epoch(2);
        one.training()
                .values()
                .forEach((name, score) ->
                        assertThat(two.training().get(name)).as(name).isCloseTo(score, offset(1e-6)));
        one.judged()
                .values()
                .forEach((name, score) ->
                        assertThat(two.judged().get(name)).as(name).isCloseTo(score, offset(1e-6)));
        assertThat(one.training().values().sequencedKeySet())
                .startsWith("loss", "dice")
                .endsWith("f1", "roc_auc");
        assertThat(one.training().samples()).isEqualTo(5);
        assertThat(epoch(3)).as("repeats").isEqualTo(epoch(3));
    }

    @Test
    void aNormToClipAtThatIsNoneIsRefused() {
        try (Scope model = Scope.open();
                DataParallel parallel = new DataParallel(DEVICES.subList(0, 1), DataParallelTest::network)) {
            var sgd = new Sgd(parallel.network().parameters(), Schedule.constant(1));
            for (double clip : new double[] {-1, Double.NaN}) {
                assertThatThrownBy(() -> new Trainer(parallel, Loss.dice(), sgd).clip(clip))
                        .hasMessage("[train] the norm to clip at must not be negative, got " + clip);
            }
        }
    }

    private static EpochScores epoch(int devices) {
        try (Scope model = Scope.open();
                DataParallel parallel = new DataParallel(DEVICES.subList(0, devices), DataParallelTest::network)) {
            var adam = new Adam(parallel.network().parameters(), Schedule.constant(1e-3));
            var loader = new DataLoader(new Positive(), 3).shuffled(SEED);
            return new Trainer(parallel, Loss.crossEntropy().plus(Loss.dice()), adam)
                    .meter(() -> Meters.of(new SegmentationMeter(2), new RocAucMeter()))
                    .clip(1)
                    .seed(SEED)
                    .fit(loader, loader, 1)
                    .epochs()
                    .getFirst();
        }
    }

    /** Five random images, labelled by the sign of their pixels. */
    private static final class Positive implements Dataset {
        @Override
        public int size() {
            return 5;
        }

        @Override
        public Shape inputShape() {
            return Shape.of(SIDE, SIDE, 1);
        }

        @Override
        public Shape labelShape() {
            return Shape.of(SIDE, SIDE);
        }

        @Override
        public void read(int index, float[] input, float[] label) {
            System.arraycopy(images(size()), index * input.length, input, 0, input.length);
            for (int i = 0; i < label.length; i++) {
                label[i] = input[i] > 0 ? 1 : 0;
            }
        }
    }
}
