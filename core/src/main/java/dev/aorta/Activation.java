package dev.aorta;

/** Pointwise non-linearities whose derivative is known from their output. */
public enum Activation {
    /** {@code max(x, 0)}; NaN stays NaN. The derivative at 0 is 0. */
    RELU,
    /** {@code x} where positive, {@code slope * x} elsewhere, with {@code 0 <= slope}. */
    LEAKY_RELU,
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID,
    /** {@code tanh(x)}. */
    TANH
}
