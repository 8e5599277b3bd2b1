package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Aligned;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;
import java.util.Arrays;

/**
 * Rows of an image with their padding, so that no window is at an edge, as (vector of channels, row, pixel, L): what {@link
 * DepthwiseBandSimd} reads for one vector lies together, and its pixels at constant distances.
 *
 * @param s geometry of the convolution
 * @param array from the first float of a cache line
 * @param rows that the array has room for
 * @param vectors likewise
 * @param pixels of a row
 */
record DepthwiseBand(ConvShape s, Aligned array, int rows, int vectors, int pixels) {
    private static final int L = Simd.LANES;

    /** One that has room for the rows of x that so many rows of y see. */
    static DepthwiseBand of(Slot slot, ConvShape s, int rowsOfY, int vectors) {
        int rows = rows(s, rowsOfY);
        int pixels = PaddedRows.pixels(s);
        return new DepthwiseBand(s, Scratch.aligned(slot, vectors * step(rows, pixels)), rows, vectors, pixels);
    }

    /** Rows of x that so many rows of y see. */
    static int rows(ConvShape s, int rowsOfY) {
        return (rowsOfY - 1) * s.strideH() + (s.kH() - 1) * s.dilationH() + 1;
    }

    /** Rows of y, at least one, whose rows of x are up to so many floats. */
    static int rowsWithin(ConvShape s, int vectors, int floats) {
        int rows = floats / (vectors * PaddedRows.pixels(s) * L);
        return Math.max(1, (rows - rows(s, 1)) / s.strideH() + 1);
    }

    /** Floats from one vector of channels to the next: an odd number of lines, which do not share a set of the level-1 cache. */
    private static int step(int rows, int pixels) {
        return (rows * pixels | 1) * L;
    }

    float[] floats() {
        return array.array();
    }

    /** Floats from one vector of channels to the next. */
    int step() {
        return step(rows, pixels);
    }

    /** Where a row of a vector of channels begins, with its padding. */
    int at(int vector, int row) {
        return array.first() + vector * step() + row * pixels * L;
    }

    /** Where its first pixel of the image is. */
    int imageAt(int vector, int row) {
        return at(vector, row) + s.padLeft() * L;
    }

    /** Makes a row padding: all of it, or what is left and right of the image. */
    void pad(int vector, int row, boolean all) {
        int at = at(vector, row);
        if (all) {
            Arrays.fill(floats(), at, at + pixels * L, 0);
        } else {
            int image = at + s.padLeft() * L;
            Arrays.fill(floats(), at, image, 0);
            Arrays.fill(floats(), image + s.inW() * L, at + pixels * L, 0);
        }
    }

    /** Moves n rows from row {@code from} to the beginning. */
    void move(int from, int n) {
        for (int v = 0; v < vectors && n > 0; v++) {
            System.arraycopy(floats(), at(v, from), floats(), at(v, 0), n * pixels * L);
        }
    }
}
