package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.Test;

/** A kernel that breaks the contract must not pass. The faults are in the calls made on {@code faulty} alone. */
class KernelCheckTest {
    private final Backend faulty = new ReferenceBackend();

    private KernelCheck check() {
        return new KernelCheck(faulty, "copy", "3 elements", 7).out(3).in(1, -2, 3);
    }

    @Test
    void rightResultPasses() {
        check().exact().run((k, a) -> k.copy(a[0], a[1], Strided.whole(3)));
    }

    @Test
    void unwrittenElementFails() {
        assertThatThrownBy(() -> check().run((k, a) -> {
                    if (k == faulty) {
                        k.copy(a[0], a[1], Strided.whole(2));
                    } else {
                        k.copy(a[0], a[1], Strided.whole(3));
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessage(
                        "copy 3 elements: argument 0 is wrong on reference in 1 of 3 elements; first at index 2: expected"
                                + " 3.0, got NaN, off by NaN where 3.86e-06 is allowed; seed 7");
    }

    @Test
    void errorAboveTheBoundFailsAndBelowPasses() {
        check().run((k, a) -> k.unary(a[0], a[1], times(k == faulty ? 1 + 1e-6f : 1)));
        assertThatThrownBy(() -> check().run((k, a) -> k.unary(a[0], a[1], times(k == faulty ? 1 + 3e-6f : 1))))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("in 3 of 3 elements; first at index 0: expected 1.0, got 1.00000");
    }

    @Test
    void exactAllowsNoError() {
        assertThatThrownBy(() -> check().exact().run((k, a) -> k.unary(a[0], a[1], times(k == faulty ? 1 + 1e-6f : 1))))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("where 0.00 is allowed");
    }

    private static Unary times(float alpha) {
        return Unary.affine(alpha, 0);
    }

    @Test
    void numberInPlaceOfNaNFails() {
        assertThatThrownBy(() -> new KernelCheck(faulty, "fill", "NaN", 7)
                        .out(2)
                        .run((k, a) -> k.fill(a[0], k == faulty ? 0 : Float.NaN)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("expected NaN, got 0.0");
    }

    @Test
    void changedSourceFails() {
        assertThatThrownBy(() -> check().run((k, a) -> {
                    k.copy(a[0], a[1], Strided.whole(3));
                    if (k == faulty) {
                        k.unary(a[1], a[1], Unary.affine(2, 0));
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessage("copy 3 elements: the kernel changed argument 1, a source; seed 7");
    }
}
