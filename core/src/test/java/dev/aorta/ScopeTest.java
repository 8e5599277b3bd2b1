package dev.aorta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.backend.reference.ReferenceBackend;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Lifetimes: of memory, of the recording, and what is said when one of them is over. */
class ScopeTest {
    private final ReferenceBackend backend = new ReferenceBackend();
    private final Device device = Device.of(backend);

    @AfterEach
    void nothingIsLeftOpen() {
        assertThat(Scope.current()).isNull();
        assertThat(backend.liveBuffers()).isZero();
    }

    @Test
    void aClosedScopeGivesItsMemoryBack() {
        Tensor x;
        try (Scope scope = Scope.open()) {
            x = Tensor.of(device, new float[] {1, 2}, 2);
            x.scale(2).relu();
            assertThat(backend.liveBuffers()).isEqualTo(3);
        }
        assertThatThrownBy(x::toArray)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[tensor] [2] was freed because its scope was closed");
    }

    @Test
    void backwardFreesActivationsButNotWhatWasKept() {
        try (Scope scope = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {1, 2}, 2).requireGradient();
            Tensor kept = w.scale(2).keep();
            Tensor activation = kept.mul(kept);
            Tensor loss = activation.sum();
            Gradients g = loss.backward();
            assertThat(g.of(w).toArray()).containsExactly(8, 16);
            assertThat(kept.toArray()).containsExactly(2, 4);
            assertThat(loss.item()).isEqualTo(20);
            assertThatThrownBy(activation::toArray).hasMessageContaining("call keep()");
        }
    }

    @Test
    void aTensorUsedTwiceReceivesBothContributions() {
        try (Scope scope = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {3}, 1).requireGradient();
            Gradients g = w.mul(w).add(w).add(w.scale(5)).sum().backward();
            assertThat(g.of(w).toArray()).containsExactly(2 * 3 + 1 + 5);
        }
    }

    @Test
    void nothingIsRecordedWithoutAScopeOrInsideNoGrad() {
        try (Scope outer = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {1}, 1).requireGradient();
            try (Scope inference = Scope.noGrad()) {
                Tensor loss = w.sum();
                assertThat(Scope.recording()).isFalse();
                assertThatThrownBy(loss::backward).hasMessageContaining("open a Scope.open()");
            }
            assertThat(Scope.recording()).isTrue();
        }
        assertThat(Scope.recording()).isFalse();
    }

    @Test
    void backwardRunsOnceAndOnlyFromAScalar() {
        try (Scope scope = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {1, 2}, 2).requireGradient();
            assertThatThrownBy(() -> w.scale(2).backward())
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[backward] starts from a scalar such as a loss, got [2]");
            Tensor loss = w.sum();
            loss.backward();
            assertThatThrownBy(loss::backward).hasMessageContaining("already ran");
        }
    }

    @Test
    void aResultCanLeaveAScopeUnlessItWasRecordedThere() {
        try (Scope outer = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {1, 2}, 2).requireGradient();
            Tensor y;
            try (Scope inner = Scope.noGrad()) {
                y = inner.keep(w.scale(3));
            }
            assertThat(y.toArray()).containsExactly(3, 6);
            try (Scope inner = Scope.open()) {
                Tensor z = w.scale(3);
                assertThatThrownBy(() -> inner.keep(z)).hasMessageContaining("was recorded in this scope");
            }
        }
    }

    @Test
    void scopesCloseInReverseOrderOnTheirThread() throws InterruptedException {
        Scope outer = Scope.open();
        Scope inner = Scope.open();
        assertThatThrownBy(outer::close).hasMessageContaining("not the innermost");
        Throwable[] thrown = new Throwable[1];
        Thread other = new Thread(() -> {
            try {
                inner.close();
            } catch (IllegalStateException e) {
                thrown[0] = e;
            }
        });
        other.start();
        other.join();
        assertThat(thrown[0]).hasMessageContaining("belongs to");
        inner.close();
        outer.close();
        outer.close();
    }

    @Test
    void gradientsAddUpOverSmallBatchesAndAreClipped() {
        try (Scope model = Scope.open()) {
            Parameter w = new Parameter("w", device, Shape.of(2), new float[] {1, 1}, true);
            Gradients sum = Gradients.zeros(List.of(w));
            for (int i = 1; i <= 2; i++) {
                try (Scope step = Scope.open()) {
                    Tensor x = Tensor.of(device, new float[] {4f * i, 3f * i}, 2);
                    sum.add(w.mul(x).sum().backward());
                }
            }
            assertThat(sum.of(w).toArray()).containsExactly(12, 9);
            assertThat(sum.norm()).isEqualTo(15);
            sum.clipByNorm(7.5);
            assertThat(sum.norm()).isEqualTo(7.5);
            assertThat(sum.of(w).toArray()).containsExactly(6, 4.5f);
            sum.clipByNorm(8);
            assertThat(sum.of(w).toArray()).containsExactly(6, 4.5f);
        }
    }

    @Test
    void operandsOnDifferentDevicesAreRefused() {
        try (Device second = Device.reference();
                Scope scope = Scope.open()) {
            Tensor a = Tensor.of(device, new float[] {1}, 1);
            Tensor b = Tensor.of(second, new float[] {1}, 1);
            assertThatThrownBy(() -> a.add(b))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("[add] operands live on different devices");
        }
    }

    @Test
    void valuesOfAnotherNumberAreRefused() {
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(device, new float[] {1, 2}, 2);
            float[] values = new float[2];
            x.copyTo(values);
            assertThat(values).containsExactly(1, 2);
            assertThatThrownBy(() -> x.copyTo(new float[3])).hasMessage("[copyTo] [2] holds 2 values, got 3");
            assertThatThrownBy(() -> x.set(new float[1])).hasMessage("[set] [2] holds 2 values, got 1");
        }
    }

    @Test
    void aLabelOutsideTheClassesIsNamed() {
        try (Scope scope = Scope.open()) {
            Tensor logits = Tensor.of(device, new float[4], 2, 2);
            Tensor labels = Tensor.of(device, new float[] {0, 2}, 2);
            assertThatThrownBy(() -> logits.crossEntropy(labels, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(
                            "[softmaxCrossEntropy] label 2.0 at element 1 of [2] is not a class: expected a whole number"
                                    + " from 0 to 1");
        }
    }

    @Test
    void anUnknownDeviceIsNamed() {
        assertThatThrownBy(() -> Device.of("tpu"))
                .hasMessage("[device] unknown device 'tpu'; use auto, cpu, cuda, cuda:N or reference");
        assertThatThrownBy(() -> Device.cpu(0)).hasMessage("[device] threads must be at least 1, got 0");
    }
}
