package dev.aorta.backend;

import dev.aorta.Shape;

/**
 * The geometry of an enlargement by whole factors, (N, inH, inW, C) to (N, inH * factorH, inW * factorW, C).
 *
 * @param batch images
 * @param inH rows of the input
 * @param inW columns of the input
 * @param channels channels of both
 * @param factorH rows made of each row
 * @param factorW columns made of each column
 */
public record UpsampleShape(int batch, int inH, int inW, int channels, int factorH, int factorW) {
    /** Shape of the output, (N, inH * factorH, inW * factorW, C). */
    public Shape output() {
        return Shape.of(batch, Math.multiplyExact(inH, factorH), Math.multiplyExact(inW, factorW), channels);
    }
}
