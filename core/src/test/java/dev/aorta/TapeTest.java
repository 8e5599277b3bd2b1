package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.backend.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A backward pass takes from the tape what it used and leaves the rest. */
class TapeTest {
    private final ReferenceBackend backend = new ReferenceBackend();
    private final Device device = Device.of(backend);

    @AfterEach
    void nothingIsLeft() {
        assertThat(Scope.current()).isNull();
        assertThat(backend.liveBuffers()).isZero();
    }

    private Tensor leaf(float... values) {
        return Tensor.of(device, values, values.length).requireGradient();
    }

    @Test
    void independentLossesOfOneScopeEachHaveTheirGradient() {
        try (Scope scope = Scope.open()) {
            Tensor v = leaf(3);
            Tensor w = leaf(5);
            Tensor first = v.mul(v).sum();
            Tensor second = w.mul(w).sum();
            assertThat(first.backward().of(v).toArray()).containsExactly(6);
            Gradients g = second.backward();
            assertThat(g.of(w).toArray()).containsExactly(10);
            assertThat(g.has(v)).isFalse();
        }
    }

    @Test
    void aBackwardPassInAnInnerScopeLeavesTheOuterHistory() {
        try (Scope outer = Scope.open()) {
            Tensor w = leaf(3);
            Tensor h = w.mul(w);
            try (Scope inner = Scope.open()) {
                Tensor v = leaf(5);
                assertThat(v.mul(v).sum().backward().of(v).toArray()).containsExactly(10);
            }
            assertThat(h.toArray()).containsExactly(9);
            assertThat(h.sum().backward().of(w).toArray()).containsExactly(6);
        }
    }

    /** Each inner scope is a head on what the outer one computed once. */
    @Test
    void anInnerLossGoesThroughTheOuterHistoryWithoutUsingItUp() {
        try (Scope outer = Scope.open()) {
            Tensor w = leaf(3);
            Tensor h = w.mul(w);
            for (int head = 1; head <= 3; head++) {
                try (Scope inner = Scope.open()) {
                    Tensor loss = h.mul(head).sum();
                    assertThat(loss.backward().of(w).toArray()).containsExactly(6 * head);
                    assertThatThrownBy(loss::backward).hasMessageContaining("already ran");
                }
            }
            assertThat(h.sum().backward().of(w).toArray()).containsExactly(6);
            assertThatThrownBy(h::toArray).hasMessageContaining("call keep()");
        }
    }

    /** What is told early is the whole gradient: a weight that two layers share waits for the first of them, and comes as one. */
    @Test
    void tellsOfEachGradientOnceNothingAddsToIt() {
        try (Scope scope = Scope.open()) {
            Tensor shared = leaf(3);
            Tensor middle = leaf(5);
            Tensor last = leaf(7);
            List<String> told = new ArrayList<>();
            Gradients gradients = shared.mul(middle).mul(shared).mul(last).sum().backward((of, gradient) -> {
                told.add((of == shared ? "shared " : of == middle ? "middle " : "last ") + gradient.toArray()[0]);
            });
            assertThat(told).containsExactly("last 45.0", "shared 210.0", "middle 63.0");
            assertThat(gradients.leaves()).containsExactlyInAnyOrder(shared, middle, last);
            assertThat(gradients.of(shared).toArray()).containsExactly(210);
        }
    }

    @Test
    void whatIsThrownAtAGradientEndsThePass() {
        try (Scope scope = Scope.open()) {
            Tensor loss = leaf(3).mul(leaf(5)).sum();
            assertThatThrownBy(() -> loss.backward((of, gradient) -> {
                        throw new IllegalStateException("enough");
                    }))
                    .hasMessage("enough");
        }
    }

    /** Nodes that are gone from the middle must not shift where an inner scope begins. */
    @Test
    void anInnerScopeEndsWhereItBeganAlsoWhenTheMiddleIsGone() {
        try (Scope outer = Scope.open()) {
            Tensor w = leaf(3);
            Tensor v = leaf(5);
            Tensor used = v.mul(2).sum();
            Tensor h = w.mul(w);
            used.backward();
            try (Scope inner = Scope.open()) {
                h.mul(4).relu();
                v.mul(3).sum().backward();
                try (Scope innermost = Scope.open()) {
                    h.relu();
                }
            }
            assertThat(h.sum().backward().of(w).toArray()).containsExactly(6);
        }
    }

    @Test
    void twoHeadsOnOneTrunkGiveTheGradientsOfTheirSum() {
        try (Scope model = Scope.open()) {
            Parameter w = new Parameter("w", device, Shape.of(2), new float[] {3, -2}, true);
            Parameter a = new Parameter("a", device, Shape.of(2), new float[] {1, 2}, true);
            Parameter b = new Parameter("b", device, Shape.of(2), new float[] {4, 5}, true);
            List<Parameter> all = List.of(w, a, b);
            try (Scope step = Scope.open()) {
                Tensor trunk = w.mul(w);
                Gradients together = trunk.mul(a).add(trunk.mul(b)).sum().backward();
                trunk = w.mul(w);
                Gradients sum = Gradients.zeros(all);
                sum.add(trunk.mul(a).sum().backwardKeepingHistory());
                sum.add(trunk.mul(b).sum().backward());
                for (Parameter p : all) {
                    assertThat(sum.of(p).toArray())
                            .as(p.name())
                            .isEqualTo(together.of(p).toArray());
                }
                Tensor again = trunk;
                assertThatThrownBy(() -> again.sum().backward()).hasMessageContaining("history is gone");
            }
        }
    }

    @Test
    void aKeptHistoryGivesTheSameGradientsAgain() {
        try (Scope scope = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {1, -2, 3, 4}, 2, 2).requireGradient();
            Tensor labels = Tensor.of(device, new float[] {0, 1}, 2);
            Tensor scale = leaf(1, 2);
            Tensor loss = w.groupNorm(1, scale, scale, 1).crossEntropy(labels, null);
            float[] first = loss.backwardKeepingHistory().of(w).toArray();
            assertThat(loss.backwardKeepingHistory().of(w).toArray()).isEqualTo(first);
            assertThat(loss.backward().of(w).toArray()).isEqualTo(first);
            assertThatThrownBy(loss::backwardKeepingHistory).hasMessageContaining("already ran");
        }
    }

    /** A loss that was used up must not take with it what an operation outside its history still reads. */
    @Test
    void whatAnotherOperationReadsIsNotFreed() {
        try (Scope scope = Scope.open()) {
            Tensor w = leaf(3, -1);
            Tensor h = w.mul(2);
            Tensor squares = h.mul(h);
            Tensor other = h.mul(w).sum();
            squares.sum().backward();
            assertThatThrownBy(squares::toArray).hasMessageContaining("backward() had finished with it");
            assertThat(h.toArray()).containsExactly(6, -2);
            int before = backend.liveBuffers();
            assertThatThrownBy(other::backward)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Tensor [2] on reference, whose history is gone");
            assertThat(backend.liveBuffers()).as("a refusal changes nothing").isEqualTo(before);
            assertThat(other.item()).isEqualTo(20);
        }
    }

    /** The discriminator learns from a detached image, then the generator through the image itself. */
    @Test
    void aGeneratorAndItsDiscriminatorShareOneForwardPass() {
        try (Scope scope = Scope.open()) {
            Tensor generator = leaf(2);
            Tensor discriminator = leaf(5);
            Tensor noise = Tensor.of(device, new float[] {3}, 1);
            Tensor fake = generator.mul(noise);
            Gradients d = discriminator.mul(fake.detach()).sum().backward();
            assertThat(d.of(discriminator).toArray()).containsExactly(6);
            assertThat(d.has(generator)).isFalse();
            Gradients g = discriminator.mul(fake).sum().backward();
            assertThat(g.of(generator).toArray()).containsExactly(15);
        }
    }

    @Test
    void activationsAreFreedOnTheWayBack() {
        int[] most = {0};
        Device watched = FailingBackend.watched(backend, kernel -> most[0] = Math.max(most[0], backend.liveBuffers()));
        try (Scope scope = Scope.open()) {
            Tensor y = Tensor.of(watched, new float[] {1, 2}, 2).requireGradient();
            for (int i = 0; i < 20; i++) {
                y = y.mul(y);
            }
            Tensor loss = y.sum();
            int forward = backend.liveBuffers();
            most[0] = 0;
            loss.backward();
            assertThat(most[0]).isLessThanOrEqualTo(forward + 3);
            assertThat(backend.liveBuffers()).as("leaf, loss, gradient").isEqualTo(3);
        }
    }

    @Test
    void aFailureAnywhereGivesEverythingBack() {
        int failures = 0;
        for (boolean failed = true; failed; failures += failed ? 1 : 0) {
            Device failing = FailingBackend.at(backend, failures);
            try (Scope outer = Scope.open()) {
                Tensor w = Tensor.of(failing, new float[] {1, 2, 3, 4}, 2, 2).requireGradient();
                Tensor scale = Tensor.of(failing, new float[] {1, 2}, 2).requireGradient();
                Tensor trunk = w.groupNorm(2, scale, scale, 1);
                try (Scope inner = Scope.open()) {
                    trunk.mul(w).sum().backward();
                }
                trunk.mul(trunk).sum().backwardKeepingHistory();
                trunk.softmax().mul(trunk.detach()).sum().backward();
                failed = false;
            } catch (IllegalStateException full) {
                assertThat(full).hasMessage("full");
            }
            assertThat(backend.liveBuffers()).as("allocation %d", failures).isZero();
        }
        assertThat(failures).isGreaterThan(30);
    }
}
