package dev.aorta.unet.imaging;

import java.util.Arrays;

/**
 * Fills a polygon of integer vertices, boundary included: the same pixels as OpenCV's {@code fillPoly} with 8-connected lines,
 * as long as the vertices lie in the image (outside it, the two cut lines off differently).
 *
 * <p>A pixel belongs to the polygon when it lies on the 8-connected (Bresenham) line of an edge, or inside by the even-odd rule
 * along its row. Crossings of a row with the edges are kept in fixed point with 16 fractional bits, as OpenCV does.
 */
final class PolygonFill {
    private static final int FRACTION = 16;
    private static final long ALMOST_ONE = (1L << FRACTION) - 1;

    private PolygonFill() {}

    /**
     * Sets the pixels of the polygon with vertices ({@code x[i]}, {@code y[i]}) to {@code value}; what lies outside the image is
     * cut off.
     *
     * @param image [rows, columns], modified
     */
    static void fill(byte[] image, int rows, int columns, int[] x, int[] y, byte value) {
        int n = x.length;
        for (int i = 0; i < n; i++) {
            int j = (i + 1) % n;
            line(image, rows, columns, x[i], y[i], x[j], y[j], value);
        }
        int top = Math.max(0, Arrays.stream(y).min().orElse(0));
        int bottom = Math.min(rows - 1, Arrays.stream(y).max().orElse(-1));
        long[] crossings = new long[n];
        for (int row = top; row <= bottom; row++) {
            int count = crossings(x, y, row, crossings);
            Arrays.sort(crossings, 0, count);
            for (int k = 0; k + 1 < count; k += 2) {
                int from = Math.max(0, (int) (crossings[k] + ALMOST_ONE >> FRACTION));
                int to = Math.min(columns - 1, (int) (crossings[k + 1] >> FRACTION));
                if (from <= to) {
                    Arrays.fill(image, row * columns + from, row * columns + to + 1, value);
                }
            }
        }
    }

    /** Where the edges cross {@code row}, fixed point; an edge holds its upper end and not its lower one. */
    private static int crossings(int[] x, int[] y, int row, long[] crossings) {
        int count = 0;
        for (int i = 0; i < x.length; i++) {
            int j = (i + 1) % x.length;
            int upper = y[i] < y[j] ? i : j;
            int lower = i + j - upper;
            if (y[upper] <= row && row < y[lower]) {
                long slope = ((long) (x[lower] - x[upper]) << FRACTION) / (y[lower] - y[upper]);
                crossings[count++] = ((long) x[upper] << FRACTION) + slope * (row - y[upper]);
            }
        }
        return count;
    }

    /** Bresenham's line from left to right: one pixel a column, or one a row where it is steeper than 45°. */
    private static void line(byte[] image, int rows, int columns, int x0, int y0, int x1, int y1, byte value) {
        if (x0 > x1) {
            line(image, rows, columns, x1, y1, x0, y0, value);
            return;
        }
        int dx = x1 - x0;
        int dy = Math.abs(y1 - y0);
        int down = y1 < y0 ? -1 : 1;
        boolean steep = dy > dx;
        int along = Math.max(dx, dy);
        int across = Math.min(dx, dy);
        int error = along - 2 * across;
        int x = x0;
        int y = y0;
        for (int i = 0; i <= along; i++) {
            if (x >= 0 && x < columns && y >= 0 && y < rows) {
                image[y * columns + x] = value;
            }
            boolean step = error < 0;
            x += !steep || step ? 1 : 0;
            y += steep || step ? down : 0;
            error += (step ? 2 * along : 0) - 2 * across;
        }
    }
}
