package dev.aorta.bench;

import java.util.Random;

/**
 * Images with labels for the benchmarks: a bright disc on noise, so that training has something to learn and losses stay finite.
 *
 * @param size number of images
 * @param images (N, H, W, 1)
 * @param labels (N, H, W), 1 in the disc and 0 outside
 */
@SuppressWarnings("ArrayRecordComponent") // made once, shared by all engines, never compared
public record Batch(int size, float[] images, int[] labels) {

    /** Images of {@link Network#SIZE}; the same batch for the same seed. */
    public static Batch random(int size, long seed) {
        return random(size, Network.SIZE, seed);
    }

    /** Images of {@code side} rows and columns; the same batch for the same seed. */
    static Batch random(int size, int side, long seed) {
        Random random = new Random(seed);
        float[] images = new float[size * side * side];
        int[] labels = new int[images.length];
        for (int n = 0, i = 0; n < size; n++) {
            double cy = side * (0.3 + 0.4 * random.nextDouble());
            double cx = side * (0.3 + 0.4 * random.nextDouble());
            double radius = side * (0.05 + 0.1 * random.nextDouble());
            for (int y = 0; y < side; y++) {
                for (int x = 0; x < side; x++, i++) {
                    labels[i] = Math.hypot(y - cy, x - cx) < radius ? 1 : 0;
                    images[i] = (float) (0.4 * labels[i] + 0.3 * random.nextDouble());
                }
            }
        }
        return new Batch(size, images, labels);
    }

    /** Rows and columns of an image. */
    int side() {
        return (int) Math.sqrt((double) images.length / size);
    }
}
