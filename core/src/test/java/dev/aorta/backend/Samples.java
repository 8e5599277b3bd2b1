package dev.aorta.backend;

import java.util.SplittableRandom;

/** Seeded float values for kernels; what a test case draws depends on its name and {@code -Daorta.test.seed} alone. */
final class Samples {
    private static final long BASE = Long.getLong("aorta.test.seed", 20_260_101L);

    final long seed;
    private final SplittableRandom random;

    private Samples(long seed) {
        this.seed = seed;
        random = new SplittableRandom(seed);
    }

    static Samples of(String name) {
        return new Samples(CounterRandom.bits(BASE, name.hashCode()));
    }

    /** Standard normal values. */
    float[] normal(int size) {
        return normal(size, 0, 1);
    }

    /** Normal values. */
    float[] normal(int size, double mean, double deviation) {
        float[] v = new float[size];
        for (int i = 0; i < size; i++) {
            v[i] = (float) random.nextGaussian(mean, deviation);
        }
        return v;
    }

    /** Uniform values. */
    float[] uniform(int size, double from, double to) {
        float[] v = new float[size];
        for (int i = 0; i < size; i++) {
            v[i] = (float) random.nextDouble(from, to);
        }
        return v;
    }

    /** Whole numbers from 0 to below {@code bound}: labels, or values with many ties. */
    float[] whole(int size, int bound) {
        float[] v = new float[size];
        for (int i = 0; i < size; i++) {
            v[i] = random.nextInt(bound);
        }
        return v;
    }

    /** An output of a ReLU: about half zeros, both kinds of zero, and a NaN where there is room. */
    float[] reluOutput(int size) {
        float[] v = normal(size);
        for (int i = 0; i < size; i++) {
            v[i] = i % 11 == 10 ? Float.NaN : i % 7 == 6 ? -0.0f : Math.max(v[i], 0);
        }
        return v;
    }

    /** A whole number from {@code from} to {@code to}, both included. */
    int between(int from, int to) {
        return random.nextInt(from, to + 1);
    }
}
