package dev.aorta.unet.phantom;

import dev.aorta.unet.imaging.RandomStream;

/** The part of the picture that the scanner reconstructs; it writes 0 elsewhere. Some keep a disc, some bend the sides inwards. */
final class FieldOfView {
    private final int size;
    private final double radius;
    private final double bend;

    FieldOfView(RandomStream random, int size) {
        this.size = size;
        boolean disc = random.chance(0.4);
        this.radius = disc ? size * random.uniform(0.41, 0.46) : size;
        this.bend = disc ? 0 : size * random.uniform(0, 0.08);
    }

    boolean contains(int x, int y) {
        double half = (size - 1) / 2.0;
        double dx = x - half;
        double dy = y - half;
        return dx * dx + dy * dy <= radius * radius && Math.abs(dx) <= half - bend * (1 - dy * dy / (half * half));
    }
}
