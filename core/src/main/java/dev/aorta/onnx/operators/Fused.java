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

    /**
     * The input of a convolution that its image is multiplied by, for a gate that is pooled from it; only of one that is not part of a chain.
     */
    public static final int SCALE = 4;

    /**
     * Operator: convolutions one after the other, the nodes of the graph that is its attribute of this name. Of each stand {@link
     * #STAGE} inputs side by side, of which only the first one's image is there.
     */
    public static final String CHAIN = "\0Chain";

    /** Inputs of a convolution of a chain: image, kernel, bias, and what is added. */
    public static final int STAGE = 4;

    /** Operator: x / (1 + e^-x). */
    public static final String SILU = "\0Silu";

    /** Operator: a matrix product and what is added to it. */
    public static final String LINEAR = "\0Linear";

    /** Operator: normalisation of groups of channels, spelled out by the exporters. */
    public static final String GROUP_NORM = "\0GroupNorm";

    private Fused() {}
}
