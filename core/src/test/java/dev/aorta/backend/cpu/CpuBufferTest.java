package dev.aorta.backend.cpu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.backend.Buffer;
import dev.aorta.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.Test;

class CpuBufferTest {
    private final CpuBackend backend = new CpuBackend(1);

    @Test
    void useAfterReleaseIsAnError() {
        Buffer buffer = backend.allocate(5);
        backend.release(buffer);
        assertThatThrownBy(() -> backend.fill(buffer, 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("[cpu] a buffer of 5 elements is used after its release");
        assertThatThrownBy(() -> backend.release(buffer)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void bufferOfAnotherBackendIsAnError() {
        try (ReferenceBackend other = new ReferenceBackend()) {
            Buffer foreign = other.allocate(5);
            assertThatThrownBy(() -> backend.fill(foreign, 1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("[cpu] a buffer of another backend");
        }
    }
}
