package dev.aorta.backend.cpu;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Forward pass and input gradient: transforms the source and the weight, multiplies at each point, transforms back. */
final class WinogradProduct {
    private static final int L = Simd.LANES;
    /** Tiles of a micro kernel: 8 for 32 registers, 4 for 16. */
    private static final int ROWS = Simd.BITS == 512 ? 8 : 4;

    /** Transforms block {@code block} of the weight into u. */
    interface Weight {
        void transform(float[] u, int at, int block);
    }

    private final Parallel parallel;
    private final WinogradInput source;
    private final WinogradTiles g;
    private final int in;
    private final int out;
    private final Weight weight;
    private final float[] dst;
    private final float[] bias;
    private final float floor;

    /**
     * Prepares {@code dst = source * weight + bias}, and then ReLU where asked.
     *
     * @param in channels of the source
     * @param out channels of dst
     */
    WinogradProduct(
            Parallel parallel,
            float[] dst,
            WinogradInput source,
            Weight weight,
            float @Nullable [] bias,
            boolean relu,
            WinogradTiles g,
            int in,
            int out) {
        this.parallel = parallel;
        this.dst = dst;
        this.source = source;
        this.weight = weight;
        this.bias = Scratch.floats(Scratch.Slot.SHARED_C, Math.ceilDiv(out, L) * L);
        this.floor = relu ? 0 : Float.NEGATIVE_INFINITY;
        this.g = g;
        this.in = in;
        this.out = out;
        Arrays.fill(this.bias, 0);
        if (bias != null) {
            System.arraycopy(bias, 0, this.bias, 0, out);
        }
    }

    void run() {
        if ((long) blocks() * WinogradWeight.size(in) <= Tuning.WINOGRAD_WEIGHT) {
            byTiles();
        } else {
            byChannels();
        }
    }

    private int blocks() {
        return Math.ceilDiv(out, 2 * L);
    }

    /** Much image, little weight: a task takes a group of tiles from the source to the destination within its L2 cache. */
    private void byTiles() {
        int size = WinogradWeight.size(in);
        float[] u = Scratch.floats(Scratch.Slot.SHARED_A, blocks() * size);
        parallel.run(blocks(), b -> weight.transform(u, b * size, b));
        int most = Math.clamp(Tuning.WINOGRAD_GROUP / WinogradInput.size(in, 1), 8, 64) & -8;
        int group = Math.ceilDiv(Math.ceilDiv(g.count(), Math.ceilDiv(g.count(), most)), 8) * 8;
        parallel.run(Math.ceilDiv(g.count(), group), k -> {
            int from = k * group;
            int to = Math.min(g.count(), from + group);
            float[] v = Scratch.floats(Scratch.Slot.TASK_A, WinogradInput.size(in, group));
            source.transform(v, group, 0, from, to);
            for (int b = 0; b < blocks(); b++) {
                produce(b, u, b * size, v, group, 0, from, to);
            }
        });
    }

    /** Little image, much weight: a task takes a block of the weight from its taps to the destination. */
    private void byChannels() {
        int span = Math.min(Tuning.WINOGRAD_SPAN, Math.ceilDiv(g.count(), 8) * 8);
        float[] v = Scratch.floats(Scratch.Slot.SHARED_A, WinogradInput.size(in, span));
        for (int first = 0; first < g.count(); first += span) {
            int begin = first;
            int end = Math.min(g.count(), begin + span);
            parallel.run(Math.ceilDiv(end - begin, 8), k -> {
                int from = begin + k * 8;
                source.transform(v, span, k * 8, from, Math.min(end, from + 8));
            });
            parallel.run(blocks(), b -> {
                float[] u = Scratch.floats(Scratch.Slot.TASK_A, WinogradWeight.size(in));
                weight.transform(u, 0, b);
                for (int from = begin; from < end; from += 64) {
                    produce(b, u, 0, v, span, from - begin, from, Math.min(end, from + 64));
                }
            });
        }
    }

    /** Multiplies tiles from..to of the grid, which are at..at+to-from of v, with a block of the weight. */
    private void produce(int block, float[] u, int uAt, float[] v, int tiles, int at, int from, int to) {
        float[] m = Scratch.floats(Scratch.Slot.TASK_B, Math.ceilDiv(to - from, 8) * 8 * WinogradOutput.TILE);
        int channel = block * 2 * L;
        int vPoint = WinogradInput.size(in, tiles) / Winograd.POINTS;
        for (int p = 0; p < Winograd.POINTS; p++) {
            for (int t = 0; t < to - from; t += ROWS) {
                int mAt = t * WinogradOutput.TILE + p * WinogradOutput.POINT;
                int vAt = p * vPoint + (at + t) * L;
                int pAt = uAt + p * in * 2 * L;
                if (ROWS == 8 && channel + L < out) {
                    WinogradTileKernel.tiles8x2(m, mAt, v, vAt, tiles * L, u, pAt, in);
                } else if (ROWS == 8) {
                    WinogradTileKernel.tiles8x1(m, mAt, v, vAt, tiles * L, u, pAt, in);
                } else if (channel + L < out) {
                    WinogradTileKernel.tiles4x2(m, mAt, v, vAt, tiles * L, u, pAt, in);
                } else {
                    WinogradTileKernel.tiles4x1(m, mAt, v, vAt, tiles * L, u, pAt, in);
                }
            }
        }
        for (int c = channel; c < Math.min(out, channel + 2 * L); c += L) {
            WinogradOutput.write(dst, bias, floor, m, c - channel, g, from, to, out, c);
        }
    }
}
