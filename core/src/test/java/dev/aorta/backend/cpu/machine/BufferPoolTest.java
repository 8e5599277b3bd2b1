package dev.aorta.backend.cpu.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BufferPoolTest {
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

    @Test
    void shareIsFromZeroToOne() {
        assertThat(BufferPool.share("0.25")).isEqualTo(0.25);
        assertThat(BufferPool.share("0")).isZero();
        assertThat(BufferPool.share("1")).isOne();
        for (String wrong : new String[] {"", "1.5", "-1", "half", "1e-1", "50%"}) {
            assertThatThrownBy(() -> BufferPool.share(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("and is '" + wrong + "'");
        }
    }
}
