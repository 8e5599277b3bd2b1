package dev.aorta.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.cluster.Processes;
import dev.aorta.data.DataLoader;
import dev.aorta.nn.BatchNormLayer;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Schedule;
import dev.aorta.optim.Sgd;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Batch normalisation with the statistics of all shards of a batch. */
@Timeout(120)
class SynchronisedTest {
    /** Two normalisations, one of which stands on the other, and a dropout where the shards may differ from the whole batch. */
    private static Layer network(Device device, float dropout) {
        Layers net = new Layers(device, Points.SEED);
        return net.sequential(
                net.linear(2, 16),
                net.batchNorm(16),
                net.dropout(dropout),
                net.linear(16, 8),
                net.batchNorm(8),
                net.linear(8, 3));
    }

    private static Map<String, float[]> train(
            Device device, Layer network, int samples, int shards, ProcessGroup group) {
        new Trainer(network, device, Points.SQUARED, new Sgd(network.parameters(), Schedule.constant(0.05)))
                .seed(Points.SEED)
                .shards(shards, group)
                .synchronised()
                .fit(new DataLoader(new Points(samples), 8).shuffled(Points.SEED), null, 3);
        Map<String, float[]> end = new TreeMap<>();
        network.parameters().forEach(p -> end.put(p.name(), p.toArray()));
        return end;
    }

    private static Map<String, float[]> train(float dropout, int samples, int shards, ProcessGroup group) {
        try (Device device = Device.cpu(1);
                Scope model = Scope.open()) {
            return train(device, network(device, dropout), samples, shards, group);
        }
    }

    /** In float32 and in double precision, in which only the order of sums differs. */
    @Test
    void shardsHaveTheStatisticsOfTheWholeBatch() {
        for (String name : List.of("cpu", "reference")) {
            try (Device device = Device.of(name);
                    Scope model = Scope.open()) {
                Map<String, float[]> whole = train(device, network(device, 0), 21, 1, ProcessGroup.alone());
                for (int shards : new int[] {2, 8}) {
                    Map<String, float[]> cut = train(device, network(device, 0), 21, shards, ProcessGroup.alone());
                    whole.forEach((parameter, values) -> {
                        float[] found = Objects.requireNonNull(cut.get(parameter));
                        for (int i = 0; i < values.length; i++) {
                            assertThat(found[i])
                                    .as("%s[%d] of %d shards on %s", parameter, i, shards, device)
                                    .isCloseTo(values[i], within(2e-5f * (1 + Math.abs(values[i]))));
                        }
                    });
                }
            }
        }
    }

    /** Of 21 samples in eighths the last batch has 5, so that one of four processes has none, and shards have one at most. */
    @Test
    void bitsDoNotDependOnTheNumberOfProcesses() throws Exception {
        Map<String, float[]> alone = train(0.2f, 21, 8, ProcessGroup.alone());
        for (int size : new int[] {2, 4, 8}) {
            assertThat(Processes.of(size, (rank, group) -> train(0.2f, 21, 8, group)))
                    .hasSize(size)
                    .allSatisfy(
                            end -> assertThat(end).usingRecursiveComparison().isEqualTo(alone));
        }
    }

    /** The same layer with a normalisation that it calls itself. */
    private record Alone(BatchNormLayer norm) implements Layer {
        @Override
        public String name() {
            return norm.name();
        }

        @Override
        public Tensor forward(Tensor x, Pass pass) {
            return x.batchNorm(norm.gamma(), norm.beta(), norm.runningMean(), norm.runningVariance(), 0.1f, 1e-5f);
        }

        @Override
        public List<Parameter> parameters() {
            return norm.parameters();
        }
    }

    @Test
    void refusesANormalisationThatAsksNobody() {
        try (Device device = Device.cpu(1);
                Scope model = Scope.open()) {
            Layers net = new Layers(device, Points.SEED);
            Layer network = net.sequential(net.linear(2, 3), new Alone(net.batchNorm(3)));
            assertThatThrownBy(() -> train(device, network, 16, 4, ProcessGroup.alone()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("a layer calls Tensor.batchNorm");
        }
    }

    /** Normalises some shards and others not. */
    private record Sometimes(Layer norm) implements Layer {
        @Override
        public String name() {
            return norm.name();
        }

        @Override
        public Tensor forward(Tensor x, Pass pass) {
            return pass.seed() % 2 == 0 ? x : norm.forward(x, pass);
        }

        @Override
        public List<Parameter> parameters() {
            return norm.parameters();
        }
    }

    @Test
    void saysThatShardsHaveDifferentLayers() {
        try (Device device = Device.cpu(1);
                Scope model = Scope.open()) {
            Layers net = new Layers(device, Points.SEED);
            Layer network = net.sequential(net.linear(2, 3), new Sometimes(net.batchNorm(3)));
            assertThatThrownBy(() -> train(device, network, 16, 8, ProcessGroup.alone()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("ran through different layers");
        }
    }
}
