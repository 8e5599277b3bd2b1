package dev.aorta.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
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

    @Test
    void poolHandsOutReleasedArraysOfTheSameSizeAgain() {
        BufferPool pool = new BufferPool();
        float[] array = pool.take(7);
        pool.give(array);
        assertThat(pool.freeElements()).isEqualTo(7);
        assertThat(pool.take(6)).hasSize(6);
        assertThat(pool.take(7)).isSameAs(array);
        assertThat(pool.take(7)).isNotSameAs(array);
        assertThat(pool.freeElements()).isZero();
    }

    @Test
    void fullPoolKeepsTheSizesLastUsed() {
        BufferPool pool = new BufferPool(10);
        float[] three = new float[3];
        pool.give(three);
        pool.give(new float[4]);
        pool.give(pool.take(3));
        pool.give(new float[5]);
        assertThat(pool.freeElements()).isEqualTo(8);
        assertThat(pool.take(3)).isSameAs(three);
        pool.give(new float[11]);
        assertThat(pool.freeElements()).isEqualTo(5);
    }

    @Test
    void trimmedPoolIsEmpty() {
        BufferPool pool = new BufferPool();
        pool.give(new float[7]);
        pool.trim();
        assertThat(pool.freeElements()).isZero();
    }
}
