package dev.aorta.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.cluster.ClusterException;
import dev.aorta.cluster.PendingSum;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.cluster.Processes;
import dev.aorta.data.DataLoader;
import dev.aorta.data.Dataset;
import dev.aorta.loss.Loss;
import dev.aorta.metric.RegressionMeter;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.WeightAverage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a training in shards ends with does not depend on how many computed them. Processes are threads here. */
@Timeout(120)
class ShardsTest {
    private static final int EPOCHS = 4;

    @TempDir
    Path folder;

    /** Has a training told to end, in one process, after some of its batches. */
    private record EndsAfter(int[] left) implements Callback {
        @Override
        public void batchEnds(Fit fit) {
            if (--left[0] == 0) {
                fit.interrupt("enough");
            }
        }
    }

    private static final class Lost extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** A process that dies after some batches. */
    private record DiesAfter(int[] left) implements Callback {
        @Override
        public void batchEnds(Fit fit) {
            if (--left[0] == 0) {
                throw new Lost();
            }
        }
    }

    /** Everything that a training ends with, in bits. */
    private static SequencedMap<String, Object> train(
            int shards, ProcessGroup group, Path checkpoints, Callback... callbacks) {
        return train(1, shards, group, checkpoints, callbacks);
    }

    private static Layer network(Device device, boolean single) {
        Layers net = new Layers(device, Points.SEED);
        Layer norm = single ? net.layerNorm(16) : net.batchNorm(16);
        Layer network = net.sequential(net.linear(2, 16), norm, net.dropout(0.2f), net.linear(16, 3));
        network.parameters().getFirst().freeze(); // as a trunk that is not trained
        return network;
    }

    private static SequencedMap<String, Object> train(
            int devices, int shards, ProcessGroup group, Path checkpoints, Callback... callbacks) {
        boolean single = shards > 4; // samples, which have no deviation
        List<Device> all = Stream.generate(() -> Device.cpu(1)).limit(devices).toList();
        try (Scope model = Scope.open();
                DataParallel parallel = new DataParallel(all, device -> network(device, single))) {
            Layer network = parallel.network();
            Adam adam = new Adam(network.parameters(), Schedule.constant(0.05));
            WeightAverage average = new WeightAverage(network.parameters(), 0.9);
            History history = new Trainer(parallel, Points.SQUARED, adam)
                    .seed(Points.SEED)
                    .average(average)
                    .meter(RegressionMeter::new)
                    .callbacks(callbacks)
                    .shards(shards, group)
                    .checkpoints(Checkpoints.in(checkpoints).every(Duration.ZERO))
                    .resume()
                    .fit(
                            new DataLoader(new Points(single ? 21 : 24), 8).shuffled(Points.SEED),
                            new DataLoader(new Points(11), 8),
                            EPOCHS);
            SequencedMap<String, Object> end = new TreeMap<>();
            Stream.of(
                            network.parameters(),
                            adam.state().values(),
                            average.state().values())
                    .flatMap(some -> some.stream())
                    .forEach(p -> end.put(p.name(), Arrays.hashCode(p.toArray())));
            end.put("history", history.epochs().toString());
            end.put("ended", String.valueOf(history.stoppedBecause()));
            return end;
        } finally {
            all.forEach(Device::close);
        }
    }

    /** The same in each of several processes; what ends one by an exception is what it comes to. */
    private static List<Object> train(int size, int shards, Path checkpoints, Callback... ofTheLast) throws Exception {
        return Processes.of(
                size,
                (rank, group) -> train(shards, group, checkpoints, rank == size - 1 ? ofTheLast : new Callback[0]));
    }

    @Test
    void bitsDoNotDependOnTheNumberOfProcesses() throws Exception {
        Object alone = train(4, ProcessGroup.alone(), folder.resolve("alone"));
        for (int size : new int[] {2, 4}) {
            assertThat(train(size, 4, folder.resolve("by" + size)))
                    .hasSize(size)
                    .allSatisfy(end -> assertThat(end).isEqualTo(alone));
        }
        assertThat(train(1, ProcessGroup.alone(), folder.resolve("whole"))).isNotEqualTo(alone);
    }

    @Test
    void bitsDoNotDependOnTheNumberOfDevices() throws Exception {
        Object alone = train(4, ProcessGroup.alone(), folder.resolve("alone"));
        for (int devices : new int[] {2, 3, 4}) {
            assertThat(train(devices, 4, ProcessGroup.alone(), folder.resolve("on" + devices)))
                    .isEqualTo(alone);
        }
        assertThat(Processes.of(2, (rank, group) -> train(1 + rank, 4, group, folder.resolve("by2"))))
                .hasSize(2)
                .containsOnly(alone);
        Object single = train(8, ProcessGroup.alone(), folder.resolve("single"));
        assertThat(Processes.of(4, (rank, group) -> train(2, 8, group, folder.resolve("by4"))))
                .hasSize(4)
                .containsOnly(single);
    }

    @Test
    void devicesComputeEquallyMany() {
        Map<Device, Integer> computed = new ConcurrentHashMap<>();
        List<Device> all = List.of(Device.cpu(1), Device.cpu(1));
        try (Scope model = Scope.open();
                DataParallel parallel = new DataParallel(all, Points::deep)) {
            Adam adam = new Adam(parallel.network().parameters(), Schedule.constant(0.01));
            new Trainer(parallel, Points.SQUARED, adam)
                    .forward((network, inputs, pass) -> {
                        computed.merge(inputs.getFirst().device(), 1, Integer::sum);
                        return network.forward(inputs.getFirst(), pass);
                    })
                    .shards(4, ProcessGroup.alone())
                    .fit(new DataLoader(new Points(24), 8), null, 1);
        } finally {
            all.forEach(Device::close);
        }
        assertThat(computed).isEqualTo(Map.of(all.getFirst(), 6, all.getLast(), 6));
    }

    @Test
    void aDeviceWithoutAShardIsRefused() {
        assertThatThrownBy(() -> train(5, 4, ProcessGroup.alone(), folder))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("each process has 4 of 4 shards for its 5 devices");
    }

    /** Points, of which some have been read. */
    private record Read(Points points, AtomicInteger count) implements Dataset {
        @Override
        public int size() {
            return points.size();
        }

        @Override
        public Shape inputShape() {
            return points.inputShape();
        }

        @Override
        public Shape labelShape() {
            return points.labelShape();
        }

        @Override
        public void read(int index, float[] input, float[] label) {
            count.incrementAndGet();
            points.read(index, input, label);
        }
    }

    @Test
    void eachProcessReadsTheSamplesOfItsShards() throws Exception {
        int epochs = 3;
        int samples = 24;
        int validated = 16;
        for (int size : new int[] {1, 2, 4}) {
            List<Object> counts = Processes.of(size, (rank, group) -> {
                Read read = new Read(new Points(samples), new AtomicInteger());
                Read scored = new Read(new Points(validated), new AtomicInteger());
                try (Device device = Device.cpu(1);
                        Scope model = Scope.open()) {
                    Layer network = Points.linear(device);
                    new Trainer(
                                    network,
                                    device,
                                    Points.SQUARED,
                                    new Adam(network.parameters(), Schedule.constant(0.01)))
                            .meter(RegressionMeter::new)
                            .shards(4, group)
                            .fit(new DataLoader(read, 8).shuffled(Points.SEED), new DataLoader(scored, 8), epochs);
                }
                return List.of(read.count().get(), scored.count().get());
            });
            assertThat(counts).hasSize(size).containsOnly(List.of(epochs * samples / size, epochs * validated / size));
        }
    }

    /** Layers larger than what goes in one message, so that sums overlap with the backward pass. */
    private static Object wide(ProcessGroup group) {
        try (Device device = Device.cpu(1);
                Scope model = Scope.open()) {
            Layers net = new Layers(device, Points.SEED);
            Layer network =
                    net.sequential(net.linear(2, 300), net.batchNorm(300), net.linear(300, 400), net.linear(400, 3));
            new Trainer(network, device, Points.SQUARED, new Adam(network.parameters(), Schedule.constant(0.01)))
                    .shards(4, group)
                    .fit(new DataLoader(new Points(24), 8), null, 2);
            return network.parameters().stream()
                    .map(p -> Arrays.hashCode(p.toArray()))
                    .toList();
        }
    }

    @Test
    void gradientsThatTravelWhileOthersAreComputedChangeNoBit() throws Exception {
        Object alone = wide(ProcessGroup.alone());
        for (int size : new int[] {2, 4}) {
            assertThat(Processes.of(size, (rank, group) -> wide(group)))
                    .hasSize(size)
                    .containsOnly(alone);
        }
    }

    /** What a group of one is told. */
    private record Watched(List<Integer> begins) implements ProcessGroup {
        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public PendingSum begin(float[] values) {
            return new PendingSum() {
                @Override
                public void ready(int from, int to) {
                    begins.add(from);
                }

                @Override
                public void await() {}
            };
        }

        @Override
        public byte[] broadcast(byte[] content) {
            return content;
        }

        @Override
        public void close() {}
    }

    /** Of two shards the second one's: bias and weight of the last layer, those of the first, what is counted and the loss. */
    @Test
    void theLastLayersAreReadyFirst() {
        try (Device device = Device.cpu(1);
                Scope model = Scope.open()) {
            Layers net = new Layers(device, Points.SEED);
            Layer network = net.sequential(net.linear(2, 300), net.linear(300, 3));
            Watched group = new Watched(new ArrayList<>());
            new Trainer(network, device, Points.SQUARED, new Adam(network.parameters(), Schedule.constant(0.01)))
                    .shards(2, group)
                    .fit(new DataLoader(new Points(8), 8), null, 1);
            assertThat(group.begins()).containsExactly(1800, 900, 600, 0, 1803, 1808);
        }
    }

    @Test
    void aProcessWithoutASampleOfABatchGoesAlong() throws Exception {
        // of 21 and 11 samples in eights the last batches have 5 and 3, so that one of four processes has none of eight
        // shards
        Object alone = train(8, ProcessGroup.alone(), folder.resolve("alone"));
        assertThat(train(4, 8, folder.resolve("by4")))
                .allSatisfy(end -> assertThat(end).isEqualTo(alone));
    }

    @Test
    void allEndTogetherAndAnotherNumberGoesOn() throws Exception {
        Object undisturbed = train(4, ProcessGroup.alone(), folder.resolve("alone"));
        Path run = folder.resolve("run");
        assertThat(train(4, 4, run, new EndsAfter(new int[] {4})))
                .allSatisfy(end -> assertThat(end.toString()).contains("history=[EpochScores[epoch=1"))
                .extracting(end -> (Object) ((SequencedMap<?, ?>) end).get("ended"))
                .containsOnly("enough", "another process of the group was told to end");
        assertThat(train(2, 4, run)).allSatisfy(end -> assertThat(end).isEqualTo(undisturbed));
    }

    @Test
    void aLostProcessEndsAllAndCostsNoBits() throws Exception {
        Object undisturbed = train(4, ProcessGroup.alone(), folder.resolve("alone"));
        Path run = folder.resolve("run");
        List<Object> ends = train(4, 4, run, new DiesAfter(new int[] {5}));
        assertThat(ends.getLast()).isInstanceOf(Lost.class);
        assertThat(ends.subList(0, 3)).allSatisfy(end -> assertThat(end).isInstanceOf(ClusterException.class));
        assertThat(train(4, ProcessGroup.alone(), run)).isEqualTo(undisturbed);
    }

    @Test
    void aFitThatWasEndedIsNotTheEndOfTheNext() {
        try (Device device = Device.cpu(1);
                Scope model = Scope.open()) {
            Layer network = Points.linear(device);
            Callback once = new EndsAfter(new int[] {1});
            Trainer trainer = new Trainer(
                            network, device, Points.SQUARED, new Adam(network.parameters(), Schedule.constant(0.1)))
                    .callbacks(once)
                    .shards(2, ProcessGroup.alone());
            DataLoader data = new DataLoader(new Points(8), 4);
            assertThat(trainer.fit(data, null, 1).epochs()).isEmpty();
            assertThat(trainer.fit(data, null, 1).epochs()).hasSize(1);
        }
    }

    @Test
    void refusesWhatIsNoTree() throws IOException {
        try (Device device = Device.cpu(1);
                Scope model = Scope.open()) {
            Layer network = new Layers(device, 1).linear(2, 3);
            Trainer trainer =
                    new Trainer(network, device, Loss.mse(), new Adam(network.parameters(), Schedule.constant(1)));
            assertThatThrownBy(() -> trainer.shards(3, ProcessGroup.alone()))
                    .hasMessage(
                            "[train] shards must be a power of two, and at least as many as the 1 processes, got 3");
        }
    }

    /** Another number of shards has other bits, so that a checkpoint of it is refused. */
    @Test
    void goesOnWithTheSameShardsOnly() {
        Path run = folder.resolve("run");
        train(4, ProcessGroup.alone(), run, new EndsAfter(new int[] {4}));
        assertThatThrownBy(() -> train(2, ProcessGroup.alone(), run)).hasMessageContaining("shards is 2 and was 4");
    }
}
