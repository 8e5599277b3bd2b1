package dev.aorta.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CounterRandomTest {
    /** The JDK's SplittableRandom is SplitMix64 with the same constants; its public constructor keeps the seed. */
    @Test
    void isSplitMix64() {
        for (long seed : new long[] {0, 1, -1, 42, Long.MIN_VALUE}) {
            SplittableRandom jdk = new SplittableRandom(seed);
            for (long i = 0; i < 100; i++) {
                assertThat(CounterRandom.bits(seed, i))
                        .as("seed %d, position %d", seed, i)
                        .isEqualTo(jdk.nextLong());
            }
        }
    }

    /** The values that its authors publish. */
    @Test
    void namesAreHashedByFnv1a() {
        assertThat(CounterRandom.fnv1a("")).isEqualTo(0xcbf29ce484222325L);
        assertThat(CounterRandom.fnv1a("a")).isEqualTo(0xaf63dc4c8601ec8cL);
        assertThat(CounterRandom.fnv1a("foobar")).isEqualTo(0x85944171f73967e8L);
    }

    /** They had one stream, because their hash codes are equal. */
    @Test
    void namesOfOneHashCodeHaveTheirOwnStreams() {
        assertThat("Aa").hasSameHashCodeAs("BB");
        assertThat(CounterRandom.bits(1, "Aa")).isNotEqualTo(CounterRandom.bits(1, "BB"));
        assertThat(CounterRandom.bits(1, "Aa")).isEqualTo(CounterRandom.bits(1, CounterRandom.fnv1a("Aa")));
    }

    @Test
    void uniformFillsTheUnitInterval() {
        double sum = 0;
        for (int i = 0; i < 100_000; i++) {
            float u = CounterRandom.uniform(7, i);
            assertThat(u).isBetween(0f, Math.nextDown(1f));
            sum += u;
        }
        assertThat(sum / 100_000).isCloseTo(0.5, within(0.005));
    }
}
