package dev.aorta.unet.monitor;

import java.util.Locale;

/** What is watched of an image, a number each. */
public enum Feature {
    /** Mean grey level. */
    MEAN,
    /** Standard deviation of the grey levels. */
    DEVIATION,
    /** Part of the pixels below a twentieth of the 95th percentile: air, and what lies outside the field of view. */
    DARK,
    /** Standard deviation of the noise, grey levels. */
    NOISE,
    /** Geometric mean of a pixel's sides, mm. */
    SPACING,
    /** Part of the image that the network takes for heart. */
    AREA,
    /** Mean entropy of the network's probabilities over the pixels, nats. */
    ENTROPY,
    /** Dice that the network's probabilities promise. */
    ESTIMATED_DICE,
    /** Part of the image that the expert took for heart. */
    LABEL_AREA,
    /** Dice of the network's mask and the expert's. */
    DICE;

    /**
     * The feature of a name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Feature of(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    /** How it is called in files, such as {@code estimated_dice}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
