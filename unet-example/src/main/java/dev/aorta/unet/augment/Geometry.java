package dev.aorta.unet.augment;

/**
 * Where each pixel of the new image comes from: the pixel is displaced elastically, shifted back, mirrored, turned back about the
 * centre and divided by the scale, in one step, so that the image is interpolated once.
 *
 * @param angle rotation of the image, radians, clockwise on the screen
 * @param scale enlargement
 * @param shiftX movement of the image to the right, pixels
 * @param shiftY movement of the image downwards, pixels
 * @param mirrorX whether left and right change places
 * @param mirrorY whether top and bottom change places
 */
record Geometry(
        double angle, double scale, double shiftX, double shiftY, boolean mirrorX, boolean mirrorY, Elastic elastic) {

    /**
     * Fills a new image and its label.
     *
     * @param image (rows, columns)
     * @param label (rows, columns)
     * @param window of the image that is turned, scaled and shifted about its middle
     * @param newImage of the window's size, written
     * @param newLabel of the window's size, written
     */
    void apply(int rows, int columns, float[] image, float[] label, Window window, float[] newImage, float[] newLabel) {
        double middleX = (window.columns() - 1) / 2.0;
        double middleY = (window.rows() - 1) / 2.0;
        double cos = Math.cos(angle) / scale;
        double sin = Math.sin(angle) / scale;
        double xx = mirrorX ? -cos : cos;
        double xy = mirrorX ? -sin : sin;
        double yx = mirrorY ? sin : -sin;
        double yy = mirrorY ? -cos : cos;
        float[] bendX = new float[window.columns()];
        float[] bendY = new float[window.columns()];
        for (int row = 0; row < window.rows(); row++) {
            elastic.row(row, bendX, bendY);
            for (int column = 0; column < window.columns(); column++) {
                double u = column + bendX[column] - middleX - shiftX;
                double v = row + bendY[column] - middleY - shiftY;
                double x = window.x() + xx * u + xy * v;
                double y = window.y() + yx * u + yy * v;
                int i = row * window.columns() + column;
                newImage[i] = bilinear(image, rows, columns, x, y);
                newLabel[i] = nearest(label, rows, columns, x, y);
            }
        }
    }

    private static float bilinear(float[] image, int rows, int columns, double x, double y) {
        if (!(x > -1 && y > -1 && x < columns && y < rows)) {
            return 0;
        }
        int x0 = (int) (x + 1) - 1;
        int y0 = (int) (y + 1) - 1;
        float fx = (float) (x - x0);
        float fy = (float) (y - y0);
        int i = y0 * columns + x0;
        boolean left = x0 >= 0;
        boolean right = x0 + 1 < columns;
        float above = 0;
        float below = 0;
        if (y0 >= 0) {
            above = (left ? (1 - fx) * image[i] : 0) + (right ? fx * image[i + 1] : 0);
        }
        if (y0 + 1 < rows) {
            below = (left ? (1 - fx) * image[i + columns] : 0) + (right ? fx * image[i + columns + 1] : 0);
        }
        return (1 - fy) * above + fy * below;
    }

    private static float nearest(float[] label, int rows, int columns, double x, double y) {
        int column = (int) Math.floor(x + 0.5);
        int row = (int) Math.floor(y + 0.5);
        boolean inside = column >= 0 && row >= 0 && column < columns && row < rows;
        return inside ? label[row * columns + column] : 0;
    }
}
