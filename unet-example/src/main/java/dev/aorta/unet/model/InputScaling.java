package dev.aorta.unet.model;

/** How the grey levels of a scan become the input of a network. */
public enum InputScaling {
    /** Divided by 1024, as in the lab; not clipped. */
    LAB,
    /** Minus the mean of the image, divided by its standard deviation: scanners and patients differ in brightness. */
    STANDARD;

    /**
     * Scales one image in place.
     *
     * @param image grey levels; modified
     */
    public void apply(float[] image) {
        double mean = 0;
        double factor = 1 / 1024.0;
        if (this == STANDARD) {
            double square = 0;
            for (float v : image) {
                mean += v;
                square += (double) v * v;
            }
            mean /= image.length;
            double variance = Math.max(square / image.length - mean * mean, 0);
            factor = 1 / Math.sqrt(variance + 1e-6);
        }
        for (int i = 0; i < image.length; i++) {
            image[i] = (float) ((image[i] - mean) * factor);
        }
    }
}
