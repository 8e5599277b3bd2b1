package dev.aorta.unet.augment;

/**
 * The part of an image that a new one shows.
 *
 * @param x column of the image, pixels, that comes to lie in the middle of the new one
 * @param y row of the image, pixels, that comes to lie there
 * @param rows height of the new image, pixels
 * @param columns width of the new image, pixels
 */
public record Window(double x, double y, int rows, int columns) {
    /** All of an image. */
    public static Window whole(int rows, int columns) {
        return new Window((columns - 1) / 2.0, (rows - 1) / 2.0, rows, columns);
    }
}
