package dev.aorta.unet.phantom;

import dev.aorta.unet.imaging.RandomStream;

/** A smooth displacement of the plane, a sum of sine waves, that makes drawn organs look grown. */
final class Warp {
    private static final int WAVES = 8;

    private final double[] fx = new double[WAVES];
    private final double[] fy = new double[WAVES];
    private final double[] phase = new double[WAVES];
    private final double[] ax = new double[WAVES];
    private final double[] ay = new double[WAVES];

    /** Waves of 22 to 80 pixels, each moving points by at most 1/32 of its length. */
    Warp(RandomStream random) {
        for (int k = 0; k < WAVES; k++) {
            double length = 22 * Math.pow(80.0 / 22, (double) k / (WAVES - 1));
            double direction = random.uniform(0, 2 * Math.PI);
            double turn = random.uniform(0, 2 * Math.PI);
            double amplitude = length / 32 * random.uniform(0.3, 1);
            fx[k] = 2 * Math.PI / length * Math.cos(direction);
            fy[k] = 2 * Math.PI / length * Math.sin(direction);
            phase[k] = random.uniform(0, 2 * Math.PI);
            ax[k] = amplitude * Math.cos(turn);
            ay[k] = amplitude * Math.sin(turn);
        }
    }

    /** Moves point {@code i} of ({@code x}, {@code y}). */
    void move(double[] x, double[] y, int i) {
        double px = x[i];
        double py = y[i];
        for (int k = 0; k < WAVES; k++) {
            double wave = Math.sin(fx[k] * px + fy[k] * py + phase[k]);
            x[i] += ax[k] * wave;
            y[i] += ay[k] * wave;
        }
    }
}
