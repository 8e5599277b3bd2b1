package dev.aorta.unet.phantom;

import dev.aorta.unet.imaging.RandomStream;

/** Turns signal into the numbers of a scanner: resolution, coil sensitivity, noise, field of view. */
final class Scanner {
    private static final int MAX_VALUE = 1800;

    private final RandomStream random;
    private final int size;

    Scanner(RandomStream random, int size) {
        this.random = random;
        this.size = size;
    }

    /**
     * The magnitude image of {@code signal} [size, size].
     *
     * @param angle how far the patient is turned, radians
     * @param cx column of the centre of the heart, where the coils' sensitivity is 1
     * @param cy row of it
     */
    int[] image(float[] signal, double angle, double cx, double cy) {
        float[] seen = blur(signal, random.uniform(0.45, 0.75));
        texture(seen, 2, random.uniform(0.04, 0.09));
        texture(seen, 6 + random.below(5), random.uniform(0.05, 0.11));
        Coil front = coil(angle, cx, cy, -85, -62, random.uniform(3, 8), random.uniform(26, 40));
        Coil side = coil(angle, cx, cy, 112, 62, random.uniform(1.5, 4.5), random.uniform(26, 40));
        Coil top = coil(angle, cx, cy, 15, -100, random.uniform(0.5, 3), random.uniform(30, 45));
        double floor = random.uniform(0.75, 1);
        double centre = floor + front.at(cx, cy) + side.at(cx, cy) + top.at(cx, cy);
        double gain = Math.clamp(215 * Math.exp(0.33 * random.gaussian()), 100, 400) / centre;
        double noise = random.uniform(2, 5.5);
        FieldOfView view = new FieldOfView(random, size);
        int[] image = new int[size * size];
        for (int i = 0; i < image.length; i++) {
            int x = i % size;
            int y = i / size;
            double real = seen[i] * gain * (floor + front.at(x, y) + side.at(x, y) + top.at(x, y))
                    + noise * random.gaussian();
            double imaginary = noise * random.gaussian();
            double magnitude = Math.sqrt(real * real + imaginary * imaginary); // Rician noise
            image[i] = view.contains(x, y) ? (int) Math.min(MAX_VALUE, Math.round(magnitude)) : 0;
        }
        return image;
    }

    /** A surface coil: sensitivity falls off with distance as a Lorentzian. */
    private record Coil(double x, double y, double strength, double reach) {
        double at(double px, double py) {
            double d2 = ((px - x) * (px - x) + (py - y) * (py - y)) / (reach * reach);
            return strength / ((1 + d2) * (1 + d2));
        }
    }

    private Coil coil(double angle, double cx, double cy, double x, double y, double strength, double reach) {
        double px = x + random.uniform(-20, 20);
        double py = y + random.uniform(-20, 20);
        return new Coil(
                cx + px * Math.cos(angle) - py * Math.sin(angle),
                cy + px * Math.sin(angle) + py * Math.cos(angle),
                strength,
                reach);
    }

    /** Separable convolution with a Gaussian of {@code sigma} pixels: the scanner's resolution. */
    private float[] blur(float[] in, double sigma) {
        int radius = (int) Math.ceil(3 * sigma);
        float[] kernel = new float[2 * radius + 1];
        double sum = 0;
        for (int k = -radius; k <= radius; k++) {
            sum += Math.exp(-k * k / (2 * sigma * sigma));
        }
        for (int k = -radius; k <= radius; k++) {
            kernel[k + radius] = (float) (Math.exp(-k * k / (2 * sigma * sigma)) / sum);
        }
        return convolve(convolve(in, kernel, 1), kernel, size);
    }

    private float[] convolve(float[] in, float[] kernel, int stride) {
        int radius = kernel.length / 2;
        float[] out = new float[in.length];
        for (int i = 0; i < in.length; i++) {
            int position = i / stride % size;
            float sum = 0;
            for (int k = -radius; k <= radius; k++) {
                int p = Math.clamp(position + k, 0, size - 1);
                sum += kernel[k + radius] * in[i + (p - position) * stride];
            }
            out[i] = sum;
        }
        return out;
    }

    /** Lets {@code signal} vary by about {@code strength} over {@code cell} pixels, as tissue does: noise on a grid, interpolated. */
    private void texture(float[] signal, int cell, double strength) {
        int cells = size / cell + 2;
        float[] grid = new float[cells * cells];
        for (int i = 0; i < grid.length; i++) {
            grid[i] = (float) (strength * random.gaussian());
        }
        for (int i = 0; i < signal.length; i++) {
            int x = i % size;
            int y = i / size;
            int g = y / cell * cells + x / cell;
            float fx = (float) (x % cell) / cell;
            float fy = (float) (y % cell) / cell;
            float top = grid[g] + fx * (grid[g + 1] - grid[g]);
            float bottom = grid[g + cells] + fx * (grid[g + cells + 1] - grid[g + cells]);
            signal[i] *= 1 + top + fy * (bottom - top);
        }
    }
}
