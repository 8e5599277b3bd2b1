package dev.aorta.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.backend.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

class SummaryTest {
    private static final long SEED = 5;
    private final ReferenceBackend backend = new ReferenceBackend();
    private final Device device = Device.of(backend);

    @Test
    void theSummaryIsATable() {
        Layers net = new Layers(device, SEED);
        Layer classifier = net.sequential(
                net.conv2d(1, 8, 3),
                net.batchNorm(8),
                net.relu(),
                net.maxPool2d(2),
                net.groupNorm(8, 2),
                net.dropout(0.5f),
                net.named("up").convTranspose2d(8, 2, 2, Conv2dOptions.SAME.withStride(2)),
                net.flatten(),
                net.linear(2 * 8 * 8, 3));
        Summary summary = Summary.of(classifier, Shape.of(1, 8, 8, 1));
        assertThat(summary.total()).isEqualTo(80 + 32 + 16 + 66 + 387);
        assertThat(summary.trainable()).isEqualTo(summary.total() - 16);
        assertThat(summary.toString().lines())
                .containsExactly(
                        "layer                    output                   parameters",
                        "conv1                    [1, 8, 8, 8]                     80",
                        "norm1                    [1, 8, 8, 8]                     32",
                        "relu                     [1, 8, 8, 8]                      0",
                        "maxPool2d                [1, 4, 4, 8]                      0",
                        "norm2                    [1, 4, 4, 8]                     16",
                        "dropout                  [1, 4, 4, 8]                      0",
                        "up                       [1, 8, 8, 2]                     66",
                        "reshape                  [1, 128]                          0",
                        "linear1                  [1, 3]                          387",
                        "total                                                    581 (565 trainable)",
                        "memory: parameters 0.0 MB, a prediction 0.0 MB, a training step 0.0 MB");
    }

    /** What the summary says before anything runs, against what then lives on the device. */
    @Test
    void itSaysWhatMemoryIsNeeded() {
        long[] elements = new long[2]; // now, and most of them
        Device counted = Allocated.on(backend, elements);
        Layers net = new Layers(counted, SEED);
        Layer network = net.sequential(
                net.conv2d(1, 8, 3).withRelu(),
                net.residual(net.sequential(net.conv2d(8, 8, 3), net.batchNorm(8), net.relu())),
                net.maxPool2d(2),
                net.flatten(),
                net.linear(8 * 8 * 8, 3));
        Summary.Memory said = Summary.of(network, Shape.of(4, 16, 16, 1)).memory();
        assertThat(said.parameters()).isEqualTo(4 * elements[0]);
        long before = elements[0];
        try (Scope prediction = Scope.noGrad()) {
            network.forward(Tensor.zeros(counted, Shape.of(4, 16, 16, 1)), Pass.INFERENCE);
        }
        assertThat(said.inference()).isEqualTo(4 * (elements[1] - before));
        assertThat(elements[0]).isEqualTo(before);
        try (Scope step = Scope.open()) {
            network.forward(Tensor.zeros(counted, Shape.of(4, 16, 16, 1)), Pass.training(1, 1))
                    .square()
                    .mean()
                    .backward();
        }
        assertThat(said.step() / (4.0 * (elements[1] - before))).isBetween(0.8, 1.2);
        network.parameters().forEach(Tensor::release);
    }

    /** Neither a Sequential nor one that says anything about shapes: a residual block with a weight that is used twice. */
    private final class ByHand implements Layer {
        private final Parameter w =
                new Parameter("block.twice.weight", device, Shape.of(4, 3, 3, 4), new float[144], true);
        private final BatchNormLayer norm =
                new Layers(device, SEED).named("block.norm").batchNorm(4);

        @Override
        public String name() {
            return "by hand";
        }

        @Override
        public Tensor forward(Tensor x, Pass pass) {
            Tensor y = norm.forward(x.conv2d(w, Conv2dOptions.SAME), pass).relu();
            try (Scope inner = Scope.open()) {
                y.softmax();
            }
            Tensor z = y.conv2d(w, Conv2dOptions.SAME).add(Tensor.zeros(device, x.shape()));
            return Tensor.concat(3, z, x.to(Device.cpu()));
        }

        @Override
        public List<Parameter> parameters() {
            return List.of(w, norm.gamma(), norm.beta(), norm.runningMean(), norm.runningVariance());
        }
    }

    @Test
    void aNetworkWrittenByHandHasOneToo() {
        Shape s = Shape.of(2, 6, 5, 4);
        assertThat(Summary.of(new ByHand(), s).rows())
                .containsExactly(
                        new Summary.Row("block.twice", s, 144),
                        new Summary.Row("block.norm", s, 16),
                        new Summary.Row("relu", s, 0),
                        new Summary.Row("softmax", s, 0),
                        new Summary.Row("block.twice", s, 0),
                        new Summary.Row("add", s, 0),
                        new Summary.Row("concat", Shape.of(2, 6, 5, 8), 0));
    }

    @Test
    void aDryRunTakesNoMemoryAndChangesNothing() {
        ByHand network = new ByHand();
        int before = backend.liveBuffers();
        int pixels = 15_000; // 3.6 GB for each activation
        try (Scope run = Scope.dryRun()) {
            Tensor y = network.forward(run.placeholder(Shape.of(1, pixels, pixels, 4)), Pass.training(1, 1));
            assertThat(y.shape()).isEqualTo(Shape.of(1, pixels, pixels, 8));
            assertThat(backend.liveBuffers()).isEqualTo(before);
            network.w.fill(3);
            network.w.set(new float[144]);
            network.w.assign(network.w.mul(2));
        }
        assertThat(network.norm.runningMean().toArray()).containsOnly(0);
        assertThat(network.norm.runningVariance().toArray()).containsOnly(1);
        assertThat(network.w.toArray()).containsOnly(0);
        assertThat(backend.liveBuffers()).isEqualTo(before);
    }

    @Test
    void valuesOfADryRunCannotBeRead() {
        Parameter w = new Parameter("w", device, Shape.of(2), new float[] {1, 2}, true);
        try (Scope run = Scope.dryRun()) {
            int before = backend.liveBuffers();
            Parameter made = new Parameter("made", device, Shape.of(2), new float[] {1, 2}, true);
            assertThat(backend.liveBuffers()).isEqualTo(before);
            assertThat(w.mul(made).shape()).isEqualTo(Shape.of(2));
            Tensor loss = w.mul(run.placeholder(Shape.of(2))).sum();
            String message =
                    "[dry run] there are no values to read: inside Scope.dryRun() shapes are checked and nothing is"
                            + " computed";
            assertThatThrownBy(loss::item)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(message);
            assertThatThrownBy(loss::toArray).hasMessage(message);
            assertThatThrownBy(loss::get).hasMessage(message);
            assertThat(loss).hasToString("Tensor [] on dry run (" + message + ")");
            assertThatThrownBy(loss::backward).hasMessageContaining("nothing is recorded here");
            assertThat(w.toArray()).as("what has values can be read").containsExactly(1, 2);
            assertThatThrownBy(() -> w.mul(run.placeholder(Shape.of(3)))).isInstanceOf(ShapeException.class);
        }
    }

    @Test
    void aLossOfADryRunChecksShapesAlone() {
        try (Scope run = Scope.dryRun()) {
            Tensor logits = run.placeholder(Shape.of(2, 3));
            Tensor labels = Tensor.of(device, new float[] {0, 7}, 2);
            assertThat(logits.crossEntropy(labels, null).shape()).isEqualTo(Shape.SCALAR);
            assertThat(run.trace())
                    .hasSize(1)
                    .first()
                    .satisfies(t -> assertThat(t.layer()).isEmpty());
            assertThatThrownBy(() -> logits.crossEntropy(run.placeholder(Shape.of(3)), null))
                    .isInstanceOf(ShapeException.class);
        }
        try (Scope scope = Scope.noGrad()) {
            assertThatThrownBy(scope::trace).hasMessageContaining("is no dry run");
            assertThatThrownBy(() -> scope.placeholder(Shape.SCALAR)).hasMessageContaining("is no dry run");
        }
    }
}
