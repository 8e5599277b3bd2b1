package dev.aorta.unet.model;

/** What normalises the activations between a convolution and its ReLU. */
public enum Norm {
    /** Nothing; bias and ReLU are fused into the convolution. */
    NONE,
    /** Batch normalisation. */
    BATCH,
    /** Group normalisation with groups of 8 channels, or one group where there are fewer. */
    GROUP
}
