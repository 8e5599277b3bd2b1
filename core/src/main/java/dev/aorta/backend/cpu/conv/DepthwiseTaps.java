package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Simd;
import java.util.Arrays;

/**
 * What a window of a depthwise convolution sees of a band, whose pixels are a vector of channels apart.
 *
 * @param kind which loop knows them
 * @param kH rows of taps
 * @param stride pixels from a window to the next
 * @param row floats between rows of taps
 * @param offset of each tap
 */
record DepthwiseTaps(Kind kind, int kH, int stride, int row, int[] offset) {
    /** Taps of a row that are neighbours, and pixels from a window to the next where they are more than one. */
    enum Kind {
        THREE,
        FIVE,
        THREE_BY_TWO,
        FIVE_BY_TWO,
        ANY
    }

    /** @param pixels of a row of the band */
    static DepthwiseTaps of(ConvShape s, int pixels) {
        int row = s.dilationH() * pixels * Simd.LANES;
        int[] offset = new int[s.kH() * s.kW()];
        Arrays.setAll(offset, t -> t / s.kW() * row + t % s.kW() * s.dilationW() * Simd.LANES);
        return new DepthwiseTaps(kind(s), s.kH(), s.strideW(), row, offset);
    }

    private static Kind kind(ConvShape s) {
        boolean three = s.kW() == 3;
        if (s.dilationW() > 1 || s.strideW() > 2 || !three && s.kW() != 5) {
            return Kind.ANY;
        }
        return s.strideW() == 1 ? three ? Kind.THREE : Kind.FIVE : three ? Kind.THREE_BY_TWO : Kind.FIVE_BY_TWO;
    }
}
