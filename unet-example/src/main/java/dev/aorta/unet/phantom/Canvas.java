package dev.aorta.unet.phantom;

import java.util.Arrays;

/**
 * Signal painted at twice the resolution of the image, later paint over earlier.
 *
 * <p>The signal has a sign: fat is negative, because a balanced steady-state sequence sees fat and water in opposite phase. Where
 * the two share a pixel they cancel, which draws the thin black lines around organs that such images are known for.
 */
final class Canvas {
    private static final int FINE = 2;

    private final int size;
    private final int side;
    private final Warp warp;
    private final double angle;
    private final double scale;
    private final double dx;
    private final double dy;
    private final float[] signal;
    private final double[] crossings = new double[256];
    private boolean[] clip = new boolean[0];

    /** A canvas for an image of {@code size}² pixels on which curves are placed as {@link Curve#placed} says. */
    Canvas(int size, Warp warp, double angle, double scale, double dx, double dy) {
        this.size = size;
        this.side = size * FINE;
        this.warp = warp;
        this.angle = angle;
        this.scale = scale;
        this.dx = dx;
        this.dy = dy;
        this.signal = new float[side * side];
    }

    /** Where {@code curve} lies in the image. */
    Curve place(Curve curve) {
        return curve.placed(warp, angle, scale, dx, dy);
    }

    /** Paints the inside of {@code curve}. */
    void fill(Curve curve, double value) {
        scan(curve, (from, to) -> {
            for (int i = from; i < to; i++) {
                if (clip.length == 0 || clip[i]) {
                    signal[i] = (float) value;
                }
            }
        });
    }

    /** From here on only what lies inside {@code curve} is painted. */
    void clipTo(Curve curve) {
        boolean[] inside = new boolean[signal.length];
        scan(curve, (from, to) -> Arrays.fill(inside, from, to, true));
        clip = inside;
    }

    /** From here on everything is painted. */
    void unclip() {
        clip = new boolean[0];
    }

    private interface Span {
        void paint(int from, int to);
    }

    /** Calls {@code span} for each run of points inside {@code curve} by the even-odd rule. */
    private void scan(Curve curve, Span span) {
        Curve c = place(curve);
        int n = c.x.length;
        int top = Math.max(0, (int) Math.ceil(fine(Arrays.stream(c.y).min().orElse(0))));
        int bottom = Math.min(
                side - 1, (int) Math.floor(fine(Arrays.stream(c.y).max().orElse(0))));
        for (int row = top; row <= bottom; row++) {
            int count = 0;
            for (int i = 0, j = n - 1; i < n; j = i++) {
                double yi = fine(c.y[i]);
                double yj = fine(c.y[j]);
                if (yi <= row != yj <= row) {
                    crossings[count++] = fine(c.x[i] + (c.x[j] - c.x[i]) * (row - yi) / (yj - yi));
                }
            }
            Arrays.sort(crossings, 0, count);
            for (int k = 0; k + 1 < count; k += 2) {
                int from = Math.clamp((long) Math.ceil(crossings[k]), 0, side);
                int to = Math.clamp((long) Math.ceil(crossings[k + 1]), 0, side);
                if (from < to) {
                    span.paint(row * side + from, row * side + to);
                }
            }
        }
    }

    /** From the image's coordinates, pixel centres at whole numbers, to those of the fine grid. */
    private static double fine(double pixel) {
        return FINE * (pixel + 0.5) - 0.5;
    }

    /** The signal at the image's resolution, [size, size], each pixel the mean of what it covers: the partial volume effect. */
    float[] pixels() {
        float[] mean = new float[size * size];
        for (int i = 0; i < signal.length; i++) {
            mean[i / side / FINE * size + i % side / FINE] += signal[i] / (FINE * FINE);
        }
        return mean;
    }
}
