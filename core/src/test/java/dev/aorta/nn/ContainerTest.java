package dev.aorta.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.backend.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Names and memory where layers are put together. */
class ContainerTest {
    private static final long SEED = 2;
    private final ReferenceBackend backend = new ReferenceBackend();
    private final Device device = Device.of(backend);
    private final Layers net = new Layers(device, SEED);

    /** They had equal weights and equal masks. */
    @Test
    void layersOfOneNameAreRefused() {
        Layer a = net.conv2d(1, 1, 1);
        Layer b = new Layers(device, SEED).conv2d(1, 1, 3);
        assertThatThrownBy(() -> Sequential.of("net", a, b))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[net] two layers have one name: Conv2dLayer conv1 and Conv2dLayer conv1; dropout and initial"
                                + " weights are drawn by name, so give each its own (Layers does)");
        Layer left = Sequential.of("left", new DropoutLayer("drop", 0.5f));
        Layer right = Sequential.of("right", new DropoutLayer("drop", 0.5f));
        assertThatThrownBy(() -> net.concat(left, right))
                .as("equal records are two layers")
                .hasMessageContaining("[concat1] two layers have one name: DropoutLayer drop and DropoutLayer drop");
    }

    @Test
    void parametersOfOneNameAreRefused() {
        Layer a = new FunctionLayer("a", x -> x, List.of(parameter("w", 1)));
        Layer b = new FunctionLayer("b", x -> x, List.of(parameter("w", 2)));
        assertThatThrownBy(() -> net.sequential(net.sequential(a), b))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "[sequential2] two parameters have one name: w [2] of FunctionLayer b and w [1] of FunctionLayer a");
    }

    @Test
    void oneLayerMayBeUsedTwice() {
        LinearLayer shared = net.linear(2, 2);
        Layer twice = net.sequential(shared, net.residual(shared));
        assertThat(twice.parameters()).containsExactlyElementsOf(shared.parameters());
    }

    @Test
    void aResidualAddsItsInput() {
        try (Scope run = Scope.noGrad()) {
            Tensor x = Tensor.of(device, new float[] {1, -2}, 1, 2);
            Layer doubled = net.function(t -> t.mul(2));
            assertThat(net.residual(doubled).forward(x, Pass.INFERENCE).toArray())
                    .containsExactly(3, -6);
            assertThat(net.residual(doubled, net.relu())
                            .forward(x, Pass.INFERENCE)
                            .toArray())
                    .containsExactly(3, -4);
            assertThat(net.concat(net.identity(), doubled)
                            .forward(x, Pass.INFERENCE)
                            .toArray())
                    .containsExactly(1, -2, 2, -4);
            assertThatThrownBy(() -> net.named("block")
                            .residual(net.named("body").linear(2, 1))
                            .forward(x, Pass.INFERENCE))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage(
                            "[parallel] block: what is added must have one shape, got [[1, 1], [1, 2]]; a residual whose"
                                    + " body changes the shape needs a shortcut, such as a 1x1 convolution");
        }
    }

    /** The second run found the parameter freed. */
    @Test
    void inferenceLeavesWhatItDidNotMake() {
        Parameter p = parameter("p", 3);
        Tensor made = Tensor.zeros(device, Shape.of(3));
        Layer network = net.sequential(
                net.function(x -> p, p),
                net.function(x -> made),
                net.residual(net.function(x -> p)),
                net.function(x -> x.relu()),
                net.concat(net.function(x -> p), net.function(x -> made), net.identity()),
                net.function(x -> p));
        for (int run = 0; run < 2; run++) {
            try (Scope scope = Scope.noGrad()) {
                Tensor x = Tensor.zeros(device, Shape.of(3));
                assertThat(network.forward(x, Pass.INFERENCE)).isSameAs(p);
                assertThat(x.toArray()).as("run %d", run).hasSize(3);
            }
            assertThat(p.toArray()).as("run %d", run).hasSize(3);
            assertThat(made.toArray()).as("run %d", run).hasSize(3);
        }
    }

    @Test
    void inferenceKeepsTheResultAlone() {
        Layer network = net.sequential(
                net.conv1d(2, 4, 3),
                net.attention(4, 2),
                net.residual(net.sequential(net.linear(4, 8), net.relu(), net.linear(8, 4))),
                net.concat(net.identity(), net.layerNorm(4)));
        try (Scope scope = Scope.noGrad()) {
            Tensor x = Tensor.zeros(device, Shape.of(1, 5, 2));
            long before = backend.liveBuffers();
            Tensor y = network.forward(x, Pass.INFERENCE);
            assertThat(backend.liveBuffers()).isEqualTo(before + 1);
            assertThat(y.shape()).isEqualTo(Shape.of(1, 5, 8));
        }
    }

    /** Halfway through, only what the next layer needs lives. */
    @Test
    void whatALayerMadeLivesUntilTheNextHasRun() {
        long[] live = new long[1];
        Layer network = net.sequential(net.function(x -> x.mul(2).add(1)), net.relu(), net.relu(), net.function(x -> {
            live[0] = backend.liveBuffers();
            return x;
        }));
        try (Scope scope = Scope.noGrad()) {
            Tensor x = Tensor.zeros(device, Shape.of(3));
            long before = backend.liveBuffers();
            network.forward(x, Pass.INFERENCE);
            assertThat(live[0]).isEqualTo(before + 1);
        }
    }

    @Test
    void trainingKeepsWhatTheBackwardPassNeeds() {
        Layer network = net.sequential(net.linear(2, 3), net.relu(), net.residual(net.linear(3, 3)));
        try (Scope scope = Scope.open()) {
            Tensor loss = network.forward(Tensor.of(device, new float[] {1, 2}, 1, 2), Pass.training(SEED, 0))
                    .sum();
            assertThat(loss.backward().leaves()).hasSize(4);
        }
    }

    private Parameter parameter(String name, int size) {
        return new Parameter(name, device, Shape.of(size), new float[size], true);
    }
}
