package dev.aorta.zoo;

import dev.aorta.backend.Unary;
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

    /** The normalisation, and a ReLU behind it where there is one. */
    Layer of(Layers net, int channels, boolean relu) {
        Layer normed = switch (this) {
            case NONE -> net.identity();
            case BATCH -> net.batchNorm(channels).then(relu ? Unary.RELU : null);
            case INSTANCE -> net.instanceNorm(channels);
            case GROUP -> net.groupNorm(channels, channels % 8 == 0 ? channels / 8 : 1);
        };
        return relu && this != BATCH ? net.sequential(normed, net.relu()) : normed;
    }
}
