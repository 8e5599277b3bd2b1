package dev.aorta.backend.cpu.element;

import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Simd;

/**
 * Where the bounds behind a normalisation let a gradient pass: {@code least <= (x - shift) * factor + offset <= high}, with one of each
 * factor for a channel.
 */
record NormCut(float[] shift, float[] factor, float[] offset, NormBounds bounds) {
    private static final boolean SIMD = Simd.BITS > 0;

    /** The same for several rows that are taken as one. */
    NormCut repeated(int times, int channels) {
        if (times == 1) {
            return this;
        }
        int width = times * channels;
        NormCut wide = new NormCut(
                Scratch.floats(Slot.TASK_E, width),
                Scratch.floats(Slot.TASK_F, width),
                Scratch.floats(Slot.TASK_G, width),
                bounds);
        NormSums.repeat(wide.shift, shift, times, channels);
        NormSums.repeat(wide.factor, factor, times, channels);
        NormSums.repeat(wide.offset, offset, times, channels);
        return wide;
    }

    /** {@code g = dy} where it passes, else {@code dy * 0}, for n elements of a row that begin at {@code at}. */
    void row(float[] g, int to, float[] dy, float[] x, int at, int n) {
        float least = bounds.least();
        float high = bounds.high();
        for (int i = SIMD ? NormSimd.cut(g, to, dy, x, at, shift, factor, offset, least, high, n) : 0; i < n; i++) {
            float h = (x[at + i] - shift[i]) * factor[i] + offset[i];
            g[to + i] = dy[at + i] * (h >= least && h <= high ? 1 : 0);
        }
    }
}
