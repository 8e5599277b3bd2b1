package dev.aorta.unet.augment;

import dev.aorta.unet.imaging.RandomStream;

/**
 * A smooth random displacement of the plane: normal control points on a grid, joined by uniform cubic B-splines.
 *
 * @see <a href="https://doi.org/10.1109/42.796284">Rueckert et al. 1999: free-form deformations</a>
 */
final class Elastic {
    private final int spacing;
    private final int width;
    private final float[] gridX;
    private final float[] gridY;

    /**
     * Draws the control points.
     *
     * @param deviation standard deviation of a control point along each axis, pixels; 0 displaces nothing
     * @param spacing between control points, pixels
     */
    Elastic(RandomStream random, double deviation, int spacing, int rows, int columns) {
        this.spacing = spacing;
        this.width = deviation == 0 ? 0 : (columns - 1) / spacing + 4;
        int height = (rows - 1) / spacing + 4;
        gridX = new float[width * height];
        gridY = new float[width * height];
        for (int i = 0; i < gridX.length; i++) {
            gridX[i] = (float) (deviation * random.gaussian());
            gridY[i] = (float) (deviation * random.gaussian());
        }
    }

    /** Writes the displacement of each pixel of {@code row}, pixels: to the right in {@code dx}, downwards in {@code dy}. */
    void row(int row, float[] dx, float[] dy) {
        if (width == 0) {
            return;
        }
        float[] weights = new float[4];
        float[] nodesX = new float[width];
        float[] nodesY = new float[width];
        bspline((float) (row % spacing) / spacing, weights);
        for (int k = 0; k < 4; k++) {
            int from = (row / spacing + k) * width;
            for (int n = 0; n < width; n++) {
                nodesX[n] += weights[k] * gridX[from + n];
                nodesY[n] += weights[k] * gridY[from + n];
            }
        }
        for (int column = 0; column < dx.length; column++) {
            int n = column / spacing;
            bspline((float) (column % spacing) / spacing, weights);
            dx[column] = weights[0] * nodesX[n]
                    + weights[1] * nodesX[n + 1]
                    + weights[2] * nodesX[n + 2]
                    + weights[3] * nodesX[n + 3];
            dy[column] = weights[0] * nodesY[n]
                    + weights[1] * nodesY[n + 1]
                    + weights[2] * nodesY[n + 2]
                    + weights[3] * nodesY[n + 3];
        }
    }

    /** The four uniform cubic B-splines that are not zero at {@code t} in [0, 1). */
    private static void bspline(float t, float[] weights) {
        float s = 1 - t;
        weights[0] = s * s * s / 6;
        weights[1] = (3 * t * t * t - 6 * t * t + 4) / 6;
        weights[2] = (3 * s * s * s - 6 * s * s + 4) / 6;
        weights[3] = t * t * t / 6;
    }
}
