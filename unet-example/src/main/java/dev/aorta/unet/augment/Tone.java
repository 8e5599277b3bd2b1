package dev.aorta.unet.augment;

import dev.aorta.unet.imaging.RandomStream;

/** Changes grey levels: a power curve, a gain, noise. */
final class Tone {
    private static final int STEPS = 1024;

    private Tone() {}

    /**
     * Replaces each value v > 0 of {@code image} by gain · m · (v / m)^gamma with m the largest value, then adds normal noise of
     * standard deviation {@code noise} · m to all. The power curve is interpolated between 1,024 points.
     *
     * @param random draws the noise
     */
    static void apply(float[] image, double gamma, double gain, double noise, RandomStream random) {
        float max = 0;
        for (float v : image) {
            max = Math.max(max, v);
        }
        if (max > 0 && (gamma != 1 || gain != 1)) {
            curve(image, max, gamma, gain);
        }
        if (max > 0 && noise > 0) {
            for (int i = 0; i < image.length; i++) {
                image[i] += (float) (noise * max * random.gaussian());
            }
        }
    }

    /** Multiplies each value by {@code e^field}, the field's displacement to the right. */
    static void shade(float[] image, int columns, Elastic field) {
        float[] across = new float[columns];
        float[] down = new float[columns];
        for (int row = 0; row * columns < image.length; row++) {
            field.row(row, across, down);
            for (int column = 0; column < columns; column++) {
                image[row * columns + column] *= (float) Math.exp(across[column]);
            }
        }
    }

    private static void curve(float[] image, float max, double gamma, double gain) {
        float[] table = new float[STEPS + 2];
        for (int i = 0; i < table.length; i++) {
            table[i] = (float) (gain * max * Math.pow((double) i / STEPS, gamma));
        }
        float perStep = STEPS / max;
        for (int i = 0; i < image.length; i++) {
            if (image[i] > 0) {
                float position = image[i] * perStep;
                int step = (int) position;
                image[i] = table[step] + (position - step) * (table[step + 1] - table[step]);
            }
        }
    }
}
