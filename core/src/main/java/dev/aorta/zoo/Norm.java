package dev.aorta.zoo;

import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;

/** What normalises the activations between a convolution and its ReLU. */
public enum Norm {
    /** Nothing; bias and ReLU are fused into the convolution. */
    NONE,
    /** Batch normalisation. */
    BATCH,
    /** Instance normalisation: each channel of each image. */
    INSTANCE,
    /** Group normalisation with groups of 8 channels, or one group where 8 does not divide them. */
    GROUP;

    Layer of(Layers net, int channels) {
        return switch (this) {
            case NONE -> net.identity();
            case BATCH -> net.batchNorm(channels);
            case INSTANCE -> net.instanceNorm(channels);
            case GROUP -> net.groupNorm(channels, channels % 8 == 0 ? channels / 8 : 1);
        };
    }
}
