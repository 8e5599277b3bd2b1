package dev.aorta.onnx.operators;

/** Names that only the loader gives to nodes that it made of several; no file can hold them. */
public final class Fused {
    /** Attribute of a convolution: whether ReLU follows. */
    public static final String RELU = "\0relu";

    /** Operator: x / (1 + e^-x). */
    public static final String SILU = "\0Silu";

    /** Operator: a matrix product and what is added to it. */
    public static final String LINEAR = "\0Linear";

    /** Operator: normalisation of groups of channels, spelled out by the exporters. */
    public static final String GROUP_NORM = "\0GroupNorm";

    private Fused() {}
}
