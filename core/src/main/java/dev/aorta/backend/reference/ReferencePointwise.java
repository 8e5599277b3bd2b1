package dev.aorta.backend.reference;

import dev.aorta.Activation;
import dev.aorta.backend.CounterRandom;

/** Activations and dropout, element by element. */
final class ReferencePointwise {
    private ReferencePointwise() {}

    static double activation(double x, Activation f, double slope) {
        return switch (f) {
            case RELU -> Math.max(x, 0);
            case LEAKY_RELU -> x > 0 ? x : slope * x;
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case TANH -> Math.tanh(x);
        };
    }

    /** The derivative of f, from its output y. */
    static double slopeAt(double y, Activation f, double slope) {
        return switch (f) {
            case RELU -> y > 0 ? 1 : 0;
            case LEAKY_RELU -> y > 0 ? 1 : slope;
            case SIGMOID -> y * (1 - y);
            case TANH -> 1 - y * y;
        };
    }

    static void dropout(double[] y, double[] x, double rate, long seed) {
        for (int i = 0; i < y.length; i++) {
            boolean kept = CounterRandom.bits(seed, i) >>> 40 >= rate * 0x1p24;
            y[i] = kept ? x[i] / (1 - rate) : 0;
        }
    }
}
