package dev.aorta;

/**
 * How a convolution slides: everything about it but the shapes of its operands.
 *
 * @param strideH rows between two windows
 * @param strideW columns between two windows
 * @param padding zeros around the image
 * @param dilationH rows between two taps of the kernel, 1 when they touch
 * @param dilationW columns between two taps of the kernel, 1 when they touch
 * @param groups channel groups that do not see each other; divides the input and the output channels
 */
public record Conv2dOptions(int strideH, int strideW, Padding padding, int dilationH, int dilationW, int groups) {
    /** Stride 1, TensorFlow's SAME padding, no dilation, one group. */
    public static final Conv2dOptions SAME = new Conv2dOptions(1, 1, Padding.SAME, 1, 1, 1);
    /** Stride 1, no padding, no dilation, one group. */
    public static final Conv2dOptions VALID = new Conv2dOptions(1, 1, Padding.VALID, 1, 1, 1);

    /** Checks the numbers. */
    public Conv2dOptions {
        if (strideH < 1 || strideW < 1 || dilationH < 1 || dilationW < 1 || groups < 1) {
            throw new ShapeException(
                    "conv2d",
                    "stride (" + strideH + ", " + strideW + "), dilation (" + dilationH + ", " + dilationW
                            + ") and groups " + groups + " must all be at least 1");
        }
    }

    /**
     * These options with one stride for both axes.
     *
     * @param stride of rows and columns, at least 1
     * @return the options
     */
    public Conv2dOptions withStride(int stride) {
        return new Conv2dOptions(stride, stride, padding, dilationH, dilationW, groups);
    }

    /**
     * These options with another padding.
     *
     * @param other of the image
     * @return the options
     */
    public Conv2dOptions withPadding(Padding other) {
        return new Conv2dOptions(strideH, strideW, other, dilationH, dilationW, groups);
    }

    /**
     * These options with one dilation for both axes.
     *
     * @param dilation of rows and columns, at least 1
     * @return the options
     */
    public Conv2dOptions withDilation(int dilation) {
        return new Conv2dOptions(strideH, strideW, padding, dilation, dilation, groups);
    }

    /**
     * These options with another number of channel groups.
     *
     * @param count which divides the channels of input and output
     * @return the options
     */
    public Conv2dOptions withGroups(int count) {
        return new Conv2dOptions(strideH, strideW, padding, dilationH, dilationW, count);
    }
}
