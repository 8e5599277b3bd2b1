package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Buffers: their sizes, their separateness and what goes in and out. */
interface MemoryContract extends KernelContract {
    /** A new one of the same kind, for a test to close. */
    Backend another();

    @TestFactory
    default Stream<DynamicTest> allocate() {
        return KernelContract.each(PointwiseContract.SIZES, n -> {
            List<Buffer> buffers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Buffer buffer = backend().allocate(n);
                assertThat(buffer.size()).isEqualTo(n);
                backend().fill(buffer, i);
                buffers.add(buffer);
            }
            for (int i = 0; i < 6; i++) {
                assertThat(downloaded(buffers.get(i)))
                        .as("buffer %d of %d live ones", i, 6)
                        .containsOnly(i);
            }
            buffers.forEach(backend()::release);
        });
    }

    /** What comes from the pool has the size that was asked for and is shared with nobody. */
    @Test
    default void release() {
        for (int round = 0; round < 3; round++) {
            List<Buffer> buffers = new ArrayList<>();
            for (int n : new int[] {1, 64, 33, 1000, 1025, 64, 999}) {
                Buffer buffer = backend().allocate(n);
                assertThat(buffer.size()).isEqualTo(n);
                backend().fill(buffer, buffers.size());
                buffers.add(buffer);
                if (buffers.size() % 3 == 0) {
                    backend().release(buffers.removeFirst());
                    buffers.addFirst(backend().allocate(n));
                    backend().fill(buffers.getFirst(), 0);
                }
            }
            for (int i = 1; i < buffers.size(); i++) {
                float[] content = downloaded(buffers.get(i));
                assertThat(content).as("buffer %d in round %d", i, round).containsOnly(content[0]);
            }
            buffers.forEach(backend()::release);
        }
    }

    @TestFactory
    default Stream<DynamicTest> upload() {
        return KernelContract.each(PointwiseContract.SIZES, n -> {
            float[] values = Samples.of("upload " + n).normal(n);
            Buffer buffer = backend().allocate(n);
            backend().upload(buffer, values);
            float[] sent = values.clone();
            values[0] = 77;
            assertThat(downloaded(buffer)).as("a copy, not the array itself").isEqualTo(sent);
            backend().release(buffer);
        });
    }

    @Test
    default void download() {
        float[] special = {
            Float.NaN, -0f, 0f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, -Float.MAX_VALUE
        };
        Buffer buffer = backend().allocate(special.length);
        backend().upload(buffer, special);
        assertThat(downloaded(buffer)).isEqualTo(special);
        backend().fill(buffer, 3);
        assertThat(downloaded(buffer)).as("after all earlier work").containsOnly(3);
        backend().release(buffer);
    }

    @Test
    default void readScalar() {
        Buffer scalar = backend().allocate(1);
        backend().fill(scalar, 0.1f);
        backend().unary(scalar, scalar, Unary.affine(3, 0));
        assertThat(backend().readScalar(scalar)).isBetween(0.3 - 1e-7, 0.3 + 1e-7);
        backend().release(scalar);
    }

    @Test
    default void close() {
        Backend closed = another();
        Buffer buffer = closed.allocate(3);
        closed.fill(buffer, 1);
        closed.close();
        List<ThrowingCallable> uses = List.of(
                () -> closed.allocate(1),
                () -> closed.fill(buffer, 2),
                () -> closed.upload(buffer, new float[3]),
                () -> closed.download(new float[3], buffer),
                () -> closed.release(buffer));
        assertThat(uses)
                .allSatisfy(use -> assertThatThrownBy(use)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("is used after it"));
        closed.close();
    }

    @Test
    default void trim() {
        Buffer kept = backend().allocate(3);
        backend().fill(kept, 7);
        backend().release(backend().allocate(1000));
        backend().trim();
        Buffer later = backend().allocate(1000);
        backend().fill(later, 2);
        assertThat(downloaded(kept)).containsOnly(7);
        assertThat(downloaded(later)).containsOnly(2);
        backend().release(later);
        backend().release(kept);
    }

    /** Whoever says so keeps no buffer that nobody else has. */
    @Test
    default void collected() {
        if (backend().collected()) {
            var forgotten = new WeakReference<>(backend().allocate(1000));
            for (int i = 0; i < 100 && forgotten.get() != null; i++) {
                System.gc();
            }
            assertThat(forgotten.get()).isNull();
        }
    }

    @Test
    default void simd() {
        assertThat(backend().simd()).matches("|scalar|128|256|512");
    }

    @Test
    default void name() {
        assertThat(backend().name()).matches("[a-z0-9:]+");
    }

    @Test
    default void description() {
        assertThat(backend().description()).isNotBlank().doesNotContain("\n");
    }
}
