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

    void apply(int rows, int columns, float[] image, float[] label, float[] newImage, float[] newLabel) {
        double cx = (columns - 1) / 2.0;
        double cy = (rows - 1) / 2.0;
        double cos = Math.cos(angle) / scale;
        double sin = Math.sin(angle) / scale;
        double xx = mirrorX ? -cos : cos;
        double xy = mirrorX ? -sin : sin;
        double yx = mirrorY ? sin : -sin;
        double yy = mirrorY ? -cos : cos;
        float[] bendX = new float[columns];
        float[] bendY = new float[columns];
        for (int row = 0; row < rows; row++) {
            elastic.row(row, bendX, bendY);
            for (int column = 0; column < columns; column++) {
                double u = column + bendX[column] - cx - shiftX;
                double v = row + bendY[column] - cy - shiftY;
                double x = cx + xx * u + xy * v;
                double y = cy + yx * u + yy * v;
                int i = row * columns + column;
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
