package dev.aorta.examples;

import dev.aorta.Shape;
import dev.aorta.backend.CounterRandom;
import dev.aorta.data.Dataset;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Images of digits, drawn as if by many hands: each has a place, a size, a slant and a stroke of its own, and noise. The same
 * seed draws the same images.
 *
 * @param size number of images
 * @param seed of all of them
 * @param noise standard deviation of what is added to each pixel; ink is 1 and paper 0
 * @param clean whether the label is the image without noise; otherwise it is the digit
 */
record Digits(int size, long seed, double noise, boolean clean) implements Dataset {
    /** Rows and columns of an image. */
    static final int SIDE = 16;

    private static final List<String> GLYPHS = List.of(
            ".###.#...##..###.#.###..##...#.###.", // 5 x 7 dots, row by row
            "..#...##....#....#....#....#...###.",
            ".###.#...#....#...#...#...#...#####",
            "#####...#...#.....#.....##...#.###.",
            "...#...##..#.#.#..#.#####...#....#.",
            "######....####.....#....##...#.###.",
            "..##..#...#....####.#...##...#.###.",
            "#####....#...#...#...#....#....#...",
            ".###.#...##...#.###.#...##...#.###.",
            ".###.#...##...#.####....#...#..##..");

    /** Images with their digit. */
    static Digits labelled(int size, long seed) {
        return new Digits(size, seed, 0.2, false);
    }

    /** Noisy images, each with itself before the noise. */
    static Digits noisy(int size, long seed) {
        return new Digits(size, seed, 0.4, true);
    }

    @Override
    public Shape inputShape() {
        return Shape.of(SIDE, SIDE, 1);
    }

    @Override
    public Shape labelShape() {
        return clean ? inputShape() : Shape.SCALAR;
    }

    @Override
    public void read(int index, float[] input, float[] label) {
        SplittableRandom random = new SplittableRandom(CounterRandom.bits(seed, index));
        int digit = index % 10;
        draw(digit, random, input);
        if (clean) {
            System.arraycopy(input, 0, label, 0, input.length);
        } else {
            label[0] = digit;
        }
        for (int i = 0; i < input.length; i++) {
            input[i] += (float) random.nextGaussian(0, noise);
        }
    }

    private static void draw(int digit, SplittableRandom random, float[] image) {
        double scale = random.nextDouble(1.4, 1.9); // pixels between two dots
        double slant = random.nextDouble(-0.25, 0.25);
        double stroke = random.nextDouble(0.6, 0.9); // radius of a dot
        double middleX = SIDE / 2.0 + random.nextDouble(-2, 2);
        double middleY = SIDE / 2.0 + random.nextDouble(-1.5, 1.5);
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                double v = (y + 0.5 - middleY) / scale + 3;
                double u = (x + 0.5 - middleX) / scale + 2 + slant * (v - 3);
                double distance = toNearestDot(GLYPHS.get(digit), u, v);
                image[y * SIDE + x] = (float) Math.clamp((stroke - distance) * scale + 0.5, 0, 1);
            }
        }
    }

    private static double toNearestDot(String glyph, double u, double v) {
        double nearest = Double.MAX_VALUE;
        for (int i = 0; i < glyph.length(); i++) {
            if (glyph.charAt(i) == '#') {
                int row = i / 5;
                nearest = Math.min(nearest, Math.hypot(u - i % 5, v - row));
            }
        }
        return nearest;
    }
}
