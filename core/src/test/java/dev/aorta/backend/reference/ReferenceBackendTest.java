package dev.aorta.backend.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.RowShape;
import org.junit.jupiter.api.Test;

/** The rules about buffers that only the reference enforces. */
class ReferenceBackendTest {
    private final ReferenceBackend backend = new ReferenceBackend();

    @Test
    void freshMemoryIsNaN() {
        assertThat(ReferenceBackend.values(backend.allocate(3))).containsOnly(Double.NaN);
    }

    @Test
    void liveBuffersAreCounted() {
        Buffer a = backend.allocate(1);
        Buffer b = backend.allocate(2);
        assertThat(backend.liveBuffers()).isEqualTo(2);
        backend.release(a);
        backend.release(b);
        assertThat(backend.liveBuffers()).isZero();
    }

    @Test
    void useAfterReleaseThrows() {
        Buffer a = backend.allocate(5);
        backend.release(a);
        assertThatIllegalStateException()
                .isThrownBy(() -> backend.fill(a, 1))
                .withMessage("a buffer of 5 elements is used after its release");
        assertThatIllegalStateException()
                .isThrownBy(() -> backend.release(a))
                .withMessage("a buffer of 5 elements is released twice");
        assertThat(backend.liveBuffers()).isZero();
    }

    @Test
    void useAfterCloseThrows() {
        Buffer a = backend.allocate(5);
        backend.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> ReferenceBackend.values(a))
                .withMessage("the reference backend is used after it was closed");
        assertThatIllegalStateException().isThrownBy(() -> backend.allocate(1));
    }

    @Test
    void forbiddenAliasThrows() {
        Buffer a = backend.allocate(4);
        Buffer b = backend.allocate(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> backend.matmul(a, b, a, MatMulShape.of(2, 2, 2, false, false)))
                .withMessage("a buffer of 4 elements is both destination and source");
    }

    @Test
    void wrongSizeThrows() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> backend.softmax(backend.allocate(6), backend.allocate(5), new RowShape(2, 3)))
                .withMessage("a buffer holds 5 elements, expected 6");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> backend.allocate(0))
                .withMessage("a buffer needs at least 1 element, got 0");
    }

    @Test
    void foreignBufferThrows() {
        try (ReferenceBackend other = new ReferenceBackend()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> backend.fill(other.allocate(2), 0))
                    .withMessage("a buffer of 2 elements belongs to another backend");
        }
    }
}
