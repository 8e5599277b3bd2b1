package dev.aorta.unet.monitor;

/** A number that says how much some of pooled images differ from the others; the more, the larger. */
@FunctionalInterface
interface Statistic {
    /**
     * The difference.
     *
     * @param chosen which images are on one side
     */
    double of(boolean[] chosen);
}
