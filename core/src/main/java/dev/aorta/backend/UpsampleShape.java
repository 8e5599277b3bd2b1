package dev.aorta.backend;

import dev.aorta.Shape;

/**
 * An enlargement by whole factors, (N, inH, inW, C) to (N, inH * factorH, inW * factorW, C).
 *
 * <p>By repeating pixels: {@code y[oy, ox] = x[oy / factorH, ox / factorW]}. Bilinear, with half-pixel centres: with {@code py =
 * (oy + 0.5) / factorH - 0.5} held within 0 and {@code inH - 1}, {@code t = floor(py)} and {@code f = py - t}, {@code y[oy] = (1
 * - f) * x[t] + f * x[min(t + 1, inH - 1)]}, and the same along columns (PyTorch's {@code align_corners=False}, TensorFlow 2's
 * resize).
 *
 * @param batch images
 * @param inH rows of the input
 * @param inW columns of the input
 * @param channels channels of both
 * @param factorH rows made of each row
 * @param factorW columns made of each column
 * @param bilinear whether it interpolates, or else repeats pixels
 */
public record UpsampleShape(int batch, int inH, int inW, int channels, int factorH, int factorW, boolean bilinear) {
    /** {@return the shape of the input, (N, inH, inW, C)} */
    public Shape input() {
        return Shape.of(batch, inH, inW, channels);
    }

    /** {@return the shape of the output, (N, inH * factorH, inW * factorW, C)} */
    public Shape output() {
        return Shape.of(batch, Math.multiplyExact(inH, factorH), Math.multiplyExact(inW, factorW), channels);
    }
}
