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
            x.mul(2).relu();
            assertThat(backend.liveBuffers()).isEqualTo(3);
        }
        assertThatThrownBy(x::toArray)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageMatching("\\[tensor] \\[2] was freed because the scope of"
                        + " ScopeTest\\.aClosedScopeGivesItsMemoryBack \\(ScopeTest\\.java:\\d+\\) was closed");
    }

    @Test
    void aDeviceIsNotClosedUnderTheTensorsOfAScope() {
        Device other = Device.of(new ReferenceBackend());
        try (Scope outer = Scope.open()) {
            Tensor x = Tensor.of(other, new float[] {1, 2}, 2);
            try (Scope inner = Scope.noGrad()) {
                Tensor.of(device, new float[] {3}, 1);
                assertThatThrownBy(other::close)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageMatching("\\[device] reference is closed while the scope of"
                                + " ScopeTest\\.aDeviceIsNotClosedUnderTheTensorsOfAScope \\(ScopeTest\\.java:\\d+\\) holds 1 of"
                                + " its tensors: close the scope first");
            }
            assertThat(x.toArray()).containsExactly(1, 2);
            x.release();
            other.close();
        }
    }

    @Test
    void backwardFreesActivationsButNotWhatWasKept() {
        try (Scope scope = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {1, 2}, 2).requireGradient();
            Tensor kept = w.mul(2).keep();
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
            Gradients g = w.mul(w).add(w).add(w.mul(5)).sum().backward();
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
            assertThatThrownBy(() -> w.mul(2).backward())
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("[backward] starts from a scalar such as a loss, got [2]");
            Tensor loss = w.sum();
            loss.backward();
            assertThatThrownBy(loss::backward).hasMessageContaining("already ran");
        }
    }

    /** What it depends on would have got no gradient, or only a part, without a word. */
    @Test
    void aHistoryThatIsGoneIsAnErrorNotAMissingGradient() {
        try (Scope scope = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {1, 2}, 2).requireGradient();
            Tensor kept = w.mul(2).keep();
            kept.sum().backward();
            Tensor spent = kept.mul(w).sum();
            assertThatThrownBy(spent::backward)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith(
                            "[backward] the loss depends on Tensor [2] on reference, whose history is gone");
            Tensor recorded = w.mul(2);
            try (Scope inference = Scope.noGrad();
                    Scope inner = Scope.open()) {
                Tensor cut = recorded.mul(w).sum();
                assertThatThrownBy(cut::backward).hasMessageContaining("recorded around a noGrad()");
            }
        }
    }

    /** A device that is full in the middle of a step must not stay full when the step was given up. */
    @Test
    void aFailureAnywhereInAStepGivesEverythingBack() {
        int failures = 0;
        for (boolean failed = true; failed; failures += failed ? 1 : 0) {
            Device failing = FailingBackend.at(backend, failures);
            try (Scope step = Scope.open()) {
                Tensor x = Tensor.of(failing, new float[] {1, 2, 3, 4}, 2, 2).requireGradient();
                Tensor scale = Tensor.of(failing, new float[] {1, 2}, 2).requireGradient();
                Tensor labels = Tensor.of(failing, new float[] {0, 1}, 2);
                Tensor y = x.groupNorm(2, scale, scale, 1).mul(x);
                y.crossEntropy(labels, null).add(y.sum()).backward();
                failed = false;
            } catch (IllegalStateException full) {
                assertThat(full).hasMessage("full");
            }
            assertThat(backend.liveBuffers()).as("allocation %d", failures).isZero();
        }
        assertThat(failures).isGreaterThan(20);
    }

    @Test
    void aResultCanLeaveAScopeUnlessItWasRecordedThere() {
        try (Scope outer = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {1, 2}, 2).requireGradient();
            Tensor y;
            try (Scope inner = Scope.noGrad()) {
                y = inner.keep(w.mul(3));
            }
            assertThat(y.toArray()).containsExactly(3, 6);
            try (Scope inner = Scope.open()) {
                Tensor z = w.mul(3);
                assertThatThrownBy(() -> inner.keep(z))
                        .hasMessageContaining("was recorded in the scope of ScopeTest.aResultCanLeave");
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

    /** It stayed the innermost scope of its thread for ever, and kept and recorded everything that followed. */
    @Test
    void aScopeWhoseDeviceWasClosedElsewhereIsClosed() throws InterruptedException {
        Device closed = Device.reference();
        Scope scope = Scope.open();
        Tensor.of(closed, new float[] {1}, 1).requireGradient().relu();
        Thread other = new Thread(closed::close);
        other.start();
        other.join();
        assertThatThrownBy(scope::close).hasMessage("the reference backend is used after it was closed");
        assertThat(Scope.current()).isNull();
    }

    /** A GPU whose tensors nobody freed was full until the device was closed. */
    @Test
    void withoutAScopeTheCollectorGivesMemoryBack() throws InterruptedException {
        Tensor kept = Tensor.of(device, new float[] {1, 2}, 2);
        for (int i = 0; i < 100; i++) {
            kept.mul(2).relu();
        }
        Tensor released = kept.mul(3);
        released.release();
        assertThat(backend.liveBuffers()).isPositive();
        for (int i = 0; i < 200 && backend.liveBuffers() > 1; i++) {
            System.gc();
            Thread.sleep(5);
        }
        assertThat(backend.liveBuffers()).isOne();
        assertThat(kept.toArray()).containsExactly(1, 2);
        kept.release();
    }

    @Test
    void aDetachedScopeIsClosedByAnybodyAtAnyTime() throws InterruptedException {
        Scope outer = Scope.open();
        Scope detached = Scope.noGrad();
        Tensor x = Tensor.of(device, new float[] {1, 2}, 2);
        assertThatThrownBy(outer::detach).hasMessageContaining("is not the innermost open one");
        detached.detach();
        assertThat(Scope.current()).isSameAs(outer);
        assertThatThrownBy(outer::detach).hasMessageContaining("is not one of noGrad()");
        outer.close();
        assertThat(x.toArray()).containsExactly(1, 2);
        Thread other = new Thread(detached::close);
        other.start();
        other.join();
        assertThatThrownBy(x::toArray)
                .hasMessageContaining("ScopeTest.aDetachedScope")
                .hasMessageContaining("was closed");
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
    void gradientsAreClippedByValue() {
        try (Scope scope = Scope.open()) {
            Tensor w = Tensor.of(device, new float[] {-3, 0.25f, 1e-9f, Float.POSITIVE_INFINITY, Float.NaN}, 5);
            Gradients g = w.detach().requireGradient().mul(w).sum().backward();
            g.clipByValue(0.5f);
            assertThat(g.of(g.leaves().getFirst()).toArray()).containsExactly(-0.5f, 0.25f, 1e-9f, 0.5f, Float.NaN);
            assertThatThrownBy(() -> g.clipByValue(0))
                    .hasMessage("[gradients] the value to clip at must be above 0, got 0.0");
        }
    }

    @Test
    void clippingLeavesNothingBehindOnAFullDevice() {
        int failures = 0;
        for (boolean failed = true; failed; failures += failed ? 1 : 0) {
            Device failing = FailingBackend.at(backend, failures);
            try (Scope step = Scope.open()) {
                Tensor w = Tensor.of(failing, new float[] {1, 2}, 2).requireGradient();
                Gradients g = w.mul(w).sum().backward();
                g.norm();
                g.clipByNorm(0.5);
                g.clipByValue(0.25f);
                failed = false;
            } catch (IllegalStateException full) {
                assertThat(full).hasMessage("full");
            }
            assertThat(backend.liveBuffers()).as("allocation %d", failures).isZero();
        }
        assertThat(failures).isGreaterThan(8);
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
            Tensor logits = Tensor.of(device, new float[2], 1, 2);
            assertThatThrownBy(() -> logits.crossEntropy(b, null))
                    .hasMessageContaining("[crossEntropy] operands live on different devices");
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
    void valuesAreCountedBeforeMemoryIsTaken() {
        Device full = FailingBackend.at(backend, 0);
        assertThatThrownBy(() -> Tensor.of(full, new float[3], 40_000, 40_000))
                .hasMessage("[tensor] [40000, 40000] holds 1600000000 values, got 3");
        assertThatThrownBy(() -> new Parameter("w", full, Shape.of(2), new float[3], true))
                .hasMessage("[parameter] [2] holds 2 values, got 3");
    }

    /** Its gradient would have been whatever stood in the memory. */
    @Test
    void anOperandWithoutADerivativeMustNotAskForAGradient() {
        try (Scope scope = Scope.open()) {
            Tensor x = Tensor.of(device, new float[] {1, 2}, 2, 1);
            Tensor c = Tensor.of(device, new float[] {1}, 1);
            Tensor mean = Tensor.of(device, new float[] {1}, 1).requireGradient();
            String message = "[batchNorm] has no gradient for Tensor [1] on reference, which asks for one";
            assertThatThrownBy(() -> x.batchNormInference(c, c, mean, c, 1)).hasMessageStartingWith(message);
            assertThatThrownBy(() -> x.batchNorm(c, c, c, mean, 1, 1)).hasMessageStartingWith(message);
            assertThatThrownBy(() -> x.crossEntropy(x.reshape(2).requireGradient(), null))
                    .hasMessageStartingWith("[crossEntropy] has no gradient for Tensor [2]");
        }
    }

    @Test
    void aLabelOutsideTheClassesIsNamed() {
        try (Scope scope = Scope.open()) {
            Tensor logits = Tensor.of(device, new float[4], 2, 2);
            Tensor labels = Tensor.of(device, new float[] {0, 2}, 2);
            assertThatThrownBy(() -> logits.crossEntropy(labels, null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("[crossEntropy] label 2.0 at element 1 of [2] is not a class: expected a whole number"
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
