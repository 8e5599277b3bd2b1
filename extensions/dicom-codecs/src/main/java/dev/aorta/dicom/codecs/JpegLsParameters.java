package dev.aorta.dicom.codecs;

import java.io.IOException;

/**
 * What a scan is coded with (T.87, C.2.4.1.1 and A.2.1).
 *
 * @param max largest sample
 * @param near largest difference between a sample and its original
 * @param t1 first threshold of the gradients
 * @param t2 second threshold
 * @param t3 third threshold
 * @param reset occurrences of a context after which its counters are halved
 */
record JpegLsParameters(int max, int near, int t1, int t2, int t3, int reset) {
    private static final int RESET = 64;

    /** The given presets, or the defaults where one is 0: largest sample, thresholds, reset. */
    static JpegLsParameters of(int bits, int near, int[] presets) throws IOException {
        int max = presets[0] != 0 ? presets[0] : (1 << bits) - 1;
        boolean wide = max >= 128;
        int factor = wide ? (Math.min(max, 4095) + 128) / 256 : 256 / (max + 1);
        int t1 =
                threshold(presets[1], wide ? factor + 2 + 3 * near : Math.max(2, 3 / factor + 3 * near), near + 1, max);
        int t2 = threshold(presets[2], wide ? 4 * factor + 3 + 5 * near : Math.max(3, 7 / factor + 5 * near), t1, max);
        int t3 =
                threshold(presets[3], wide ? 17 * factor + 4 + 7 * near : Math.max(4, 21 / factor + 7 * near), t2, max);
        int reset = presets[4] != 0 ? presets[4] : RESET;
        boolean possible = max < 1 << bits
                && near <= Math.min(255, max / 2)
                && near < t1
                && t1 <= t2
                && t2 <= t3
                && t3 <= max
                && reset >= 3;
        if (!possible) {
            throw new IOException("parameters of the coding that cannot be");
        }
        return new JpegLsParameters(max, near, t1, t2, t3, reset);
    }

    private static int threshold(int given, int otherwise, int least, int most) {
        return given != 0 ? given : otherwise > most || otherwise < least ? least : otherwise;
    }

    /** Number of values that a prediction's error can have. */
    int range() {
        return (max + 2 * near) / (2 * near + 1) + 1;
    }

    /** Bits of such an error. */
    int errorBits() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(range() - 1);
    }

    /** Longest code of an error, bits. */
    int limit() {
        int bits = Math.max(2, Integer.SIZE - Integer.numberOfLeadingZeros(max));
        return 2 * (bits + Math.max(8, bits));
    }

    /** Region of a gradient, -4 … 4. */
    int region(int gradient) {
        int size = Math.abs(gradient);
        int region = size <= near ? 0 : size < t1 ? 1 : size < t2 ? 2 : size < t3 ? 3 : 4;
        return gradient < 0 ? -region : region;
    }
}
