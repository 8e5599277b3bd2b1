package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.cpu.machine.Simd;

/** The inner loops of {@link GroupedConvolution}, on pixels of {@link ChannelWindows#LANES} lanes each. */
final class ChannelLanes {
    /** Offsets that {@link #sums} takes at a time. */
    static final int SUMS = 9;

    private static final boolean SIMD = Simd.BITS > 0;
    private static final int L = ChannelWindows.LANES;

    private ChannelLanes() {}

    /** {@code y[at + p * LANES + l] = x[p * step + lanes[lane + l]]} for {@code pixels} pixels; all that is read is below step. */
    static void spread(float[] y, int at, float[] x, int step, int pixels, int[] lanes, int lane) {
        if (SIMD && step == L) {
            ChannelLanesSimd.spread(y, at, x, pixels, lanes, lane);
            return;
        }
        for (int p = 0; p < pixels; p++) {
            for (int l = 0; l < L; l++) {
                y[at + p * L + l] = x[p * step + lanes[lane + l]];
            }
        }
    }

    /**
     * {@code y[yAt + to[p] + l] = max(low, base[baseAt + l] + sum over k of x[from[p] + offsets[k] + l] * w[wAt + k * LANES +
     * l])}, at most high.
     */
    static void convolve(
            float[] y,
            int yAt,
            int[] to,
            float[] x,
            int[] from,
            int pixels,
            int[] offsets,
            float[] w,
            int wAt,
            float[] base,
            int baseAt,
            float low,
            float high) {
        if (SIMD) {
            ChannelLanesSimd.convolve(y, yAt, to, x, from, pixels, offsets, w, wAt, base, baseAt, low, high);
            return;
        }
        for (int p = 0; p < pixels; p++) {
            for (int l = 0; l < L; l++) {
                float sum = base[baseAt + l];
                for (int k = 0; k < offsets.length; k++) {
                    sum += x[from[p] + offsets[k] + l] * w[wAt + k * L + l];
                }
                y[yAt + to[p] + l] = Math.min(Math.max(sum, low), high);
            }
        }
    }

    /** {@code sums[at + j * LANES + l] += sum over p of dy[p * LANES + l] * x[from[p] + offsets[k + j] + l]}, j below {@link #SUMS}. */
    static void sums(float[] sums, int at, float[] dy, float[] x, int[] from, int pixels, int[] offsets, int k) {
        if (SIMD) {
            ChannelLanesSimd.sums(sums, at, dy, x, from, pixels, offsets, k);
            return;
        }
        for (int p = 0; p < pixels; p++) {
            for (int j = 0; j < SUMS; j++) {
                int place = from[p] + offsets[k + j];
                for (int l = 0; l < L; l++) {
                    sums[at + j * L + l] += dy[p * L + l] * x[place + l];
                }
            }
        }
    }
}
