package dev.aorta.backend;

/**
 * Random bits as a function of a seed and a position, so that a value does not depend on the order or the thread that asks for
 * it, and a GPU draws the same ones.
 *
 * <p>It is SplitMix64 entered at any point of its sequence.
 *
 * @see <a href="https://doi.org/10.1145/2714064.2660195">Steele, Lea and Flood 2014: Fast splittable pseudorandom number
 *     generators</a>
 */
public final class CounterRandom {
    private CounterRandom() {}

    /** 64 random bits for position {@code index} of the stream {@code seed}. */
    public static long bits(long seed, long index) {
        long z = seed + (index + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Uniform in [0, 1), with 24 bits. */
    public static float uniform(long seed, long index) {
        return (bits(seed, index) >>> 40) * 0x1p-24f;
    }
}
