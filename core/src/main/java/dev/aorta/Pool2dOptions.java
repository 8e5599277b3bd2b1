package dev.aorta;

/**
 * How a pooling window slides.
 *
 * @param kernelH rows of the window
 * @param kernelW columns of the window
 * @param strideH rows between two windows
 * @param strideW columns between two windows
 * @param padding positions around the image; they never win a maximum and are not counted in an average
 */
public record Pool2dOptions(int kernelH, int kernelW, int strideH, int strideW, Padding padding) {
    /** Checks the numbers. */
    public Pool2dOptions {
        if (kernelH < 1 || kernelW < 1 || strideH < 1 || strideW < 1) {
            throw new ShapeException(
                    "pool2d",
                    "window (" + kernelH + ", " + kernelW + ") and stride (" + strideH + ", " + strideW
                            + ") must all be at least 1");
        }
    }

    /**
     * A square window that moves by its own size, without padding: {@code of(2)} halves an image.
     *
     * @param size rows and columns
     * @return the options
     */
    public static Pool2dOptions of(int size) {
        return new Pool2dOptions(size, size, size, size, Padding.VALID);
    }

    /**
     * These options with one stride for both axes.
     *
     * @param stride of rows and columns, at least 1
     * @return the options
     */
    public Pool2dOptions withStride(int stride) {
        return new Pool2dOptions(kernelH, kernelW, stride, stride, padding);
    }

    /**
     * These options with another padding.
     *
     * @param other of the image
     * @return the options
     */
    public Pool2dOptions withPadding(Padding other) {
        return new Pool2dOptions(kernelH, kernelW, strideH, strideW, other);
    }
}
