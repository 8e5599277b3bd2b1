package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import java.util.Arrays;

/** Copies of some rows of an image with their padding, so that no window is at an edge. */
final class PaddedRows {
    /** Floats of a row of a copy. */
    final int length;

    private final ConvShape s;

    PaddedRows(ConvShape s) {
        this.s = s;
        length = pixels(s) * s.inC();
    }

    /** Pixels of a padded row. */
    static int pixels(ConvShape s) {
        return Math.max(s.inW() + s.padLeft(), (s.outW() - 1) * s.strideW() + (s.kW() - 1) * s.dilationW() + 1);
    }

    /** The rows of x that rows {@code first} to {@code end - 1} of y see, which are counted over all images and of one. */
    float[] copy(float[] x, int first, int end) {
        int image = first / s.outH();
        int top = first % s.outH() * s.strideH() - s.padTop();
        int rows = (end - 1 - first) * s.strideH() + (s.kH() - 1) * s.dilationH() + 1;
        float[] band = Scratch.floats(Slot.TASK_A, rows * length);
        int left = s.padLeft() * s.inC();
        int width = s.inW() * s.inC();
        for (int r = 0; r < rows; r++) {
            int row = top + r;
            int at = r * length;
            if (row < 0 || row >= s.inH()) {
                Arrays.fill(band, at, at + length, 0);
            } else {
                Arrays.fill(band, at, at + left, 0);
                System.arraycopy(x, (image * s.inH() + row) * width, band, at + left, width);
                Arrays.fill(band, at + left + width, at + length, 0);
            }
        }
        return band;
    }
}
