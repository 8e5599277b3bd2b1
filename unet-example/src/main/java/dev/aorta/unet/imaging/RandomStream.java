package dev.aorta.unet.imaging;

import dev.aorta.backend.CounterRandom;

/** Random numbers drawn one after another from the stream that a seed and a position (epoch, record, …) name. Not for threads to share. */
public final class RandomStream {
    private static final double SQRT_3 = Math.sqrt(3);

    private final long stream;
    private long index;

    /** The stream that {@code position} names in the data of {@code seed}; different positions give unrelated streams. */
    public RandomStream(long seed, long... position) {
        long name = seed;
        for (long p : position) {
            name = CounterRandom.bits(name, p);
        }
        this.stream = name;
    }

    /** Uniform in [0, 1). */
    public double uniform() {
        return (CounterRandom.bits(stream, index++) >>> 11) * 0x1p-53;
    }

    /** Uniform in [{@code low}, {@code high}). */
    public double uniform(double low, double high) {
        return low + (high - low) * uniform();
    }

    /** Uniform among 0 … {@code bound} − 1. */
    public int below(int bound) {
        return (int) (bound * uniform());
    }

    /** True with probability {@code p}. */
    public boolean chance(double p) {
        return uniform() < p;
    }

    /**
     * Nearly normal with mean 0 and variance 1: the sum of four uniform numbers of 16 bits (Irwin–Hall), which is the same on every
     * machine, cheap, and never beyond ±3.47.
     */
    public double gaussian() {
        long b = CounterRandom.bits(stream, index++);
        long sum = (b & 0xFFFF) + (b >>> 16 & 0xFFFF) + (b >>> 32 & 0xFFFF) + (b >>> 48);
        return ((sum + 2) * 0x1p-16 - 2) * SQRT_3;
    }
}
