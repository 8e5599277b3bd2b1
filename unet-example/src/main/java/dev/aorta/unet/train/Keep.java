package dev.aorta.unet.train;

/** Which epoch's weights a training leaves. */
public enum Keep {
    /** Those of the highest validation dice, which is a choice made on the validation slices. */
    BEST,
    /** The last, for which the validation slices decide nothing. */
    LAST
}
