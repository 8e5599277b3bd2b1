package dev.aorta.onnx.operators;

/** Names that only the loader gives to nodes that it made of several; no file can hold them. */
public final class Fused {
    /** Attribute of a convolution: the {@link dev.aorta.backend.Unary.Kind} that follows. */
    public static final String THEN = "\0then";

    /** Attribute of a convolution: the first constant of what follows. */
    public static final String THEN_A = "\0a";

    /** Attribute of a convolution: the second constant of what follows. */
    public static final String THEN_B = "\0b";

    /** The input of a convolution that is added to it. */
    public static final int ADDED = 3;

    /** Operator: x / (1 + e^-x). */
    public static final String SILU = "\0Silu";

    /** Operator: a matrix product and what is added to it. */
    public static final String LINEAR = "\0Linear";

    /** Operator: normalisation of groups of channels, spelled out by the exporters. */
    public static final String GROUP_NORM = "\0GroupNorm";

    private Fused() {}
}
