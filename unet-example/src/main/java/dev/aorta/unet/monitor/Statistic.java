package dev.aorta.unet.monitor;

/** A number that says how much some of pooled images differ from the others; the more, the larger. */
@FunctionalInterface
interface Statistic {
    /**
     * The difference.
     *
     * @param chosen numbers of the images on one side
     */
    double of(int[] chosen);
}
