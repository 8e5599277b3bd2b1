package dev.aorta.backend;

import java.nio.charset.StandardCharsets;

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

    /**
     * {@return 64 random bits for position {@code index} of the stream {@code seed}}
     *
     * @param seed of the stream
     * @param index in the stream
     */
    public static long bits(long seed, long index) {
        long z = seed + (index + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /**
     * 64 random bits for a name: {@link #bits(long, long)} at the position that is the 64-bit FNV-1a hash of its UTF-8 bytes, so
     * that names whose {@link String#hashCode()} is the same, such as Aa and BB, have streams of their own.
     *
     * @param seed of the stream
     * @param name any text
     * @return the bits
     * @see <a href="http://www.isthe.com/chongo/tech/comp/fnv/">Fowler, Noll and Vo: FNV hash</a>
     */
    public static long bits(long seed, String name) {
        return bits(seed, fnv1a(name));
    }

    static long fnv1a(String name) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }

    /**
     * Uniform in [0, 1), with 24 bits.
     *
     * @param seed of the stream
     * @param index in the stream
     * @return the number
     */
    public static float uniform(long seed, long index) {
        return (bits(seed, index) >>> 40) * 0x1p-24f;
    }
}
