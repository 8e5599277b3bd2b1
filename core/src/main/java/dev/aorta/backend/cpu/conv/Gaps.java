package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;

/** What lies between the taps of dilated windows, for kernels that copy all that some windows see. */
final class Gaps {
    /** Pixels that a copy may hold for each that a gather, tap by tap, would. */
    private static final int MOST = 4;

    private Gaps() {}

    /**
     * Whether {@code h x w} windows, taken as neighbours, see few pixels that no tap does. An 8 x 8 image under 3 x 3 taps 12,000
     * apart is 576 million pixels of padding: 18 s, and a band that is no array at 30,000.
     */
    static boolean areSmall(ConvShape s, int h, int w) {
        double rows = h + (s.kH() - 1.0) * s.dilationH();
        double columns = w + (s.kW() - 1.0) * s.dilationW();
        return rows * columns <= (double) MOST * s.kH() * s.kW() * h * w;
    }
}
