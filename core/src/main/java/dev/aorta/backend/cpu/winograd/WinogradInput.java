package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.cpu.machine.Aligned;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * The way in: {@code v = B^T d B} for the 6 x 6 pixels d of each tile, which serves all three passes, and {@code v = A d A^T} for
 * the 4 x 4 pixels of dy that the weight gradient takes.
 *
 * <p>It goes by strips of neighbouring tiles and blocks of L channels: first down the columns of a strip into working memory,
 * where tiles that overlap share the work, then along its rows into v, (36, channels / L, tiles, L). Channels beyond the last
 * are zero. Unrolled, since only local variables stay in registers.
 */
final class WinogradInput {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** Tiles in a strip: six rows of it are 25 KiB at 512 bits, so they stay in the L1 cache. */
    private static final int STRIP = 16;
    /** Floats from one row of a strip to the next. */
    private static final int ROW = (4 * STRIP + 2) * L;

    private final ImageParts src;
    /** For an image in one piece. */
    private final float @Nullable [] mask;

    private final int channels;
    private final WinogradTiles g;
    /** 6 to transform the 6 x 6 pixels of the source, 4 for the 4 x 4 pixels of the destination. */
    private final int side;

    private WinogradInput(ImageParts src, float @Nullable [] mask, WinogradTiles g, int side) {
        this.src = src;
        this.mask = mask;
        this.channels = src.total();
        this.g = g;
        this.side = side;
    }

    /** Reads the source of g, (batch, srcH, srcW, channels), as 0 where mask is not above 0. */
    static WinogradInput ofSource(ImageParts src, float @Nullable [] mask, WinogradTiles g) {
        return new WinogradInput(src, mask, g, 6);
    }

    /** Reads the destination of g, (batch, dstH, dstW, channels), as 0 where mask is not above 0. */
    static WinogradInput ofDestination(ImageParts dst, float @Nullable [] mask, WinogradTiles g) {
        return new WinogradInput(
                dst, mask, new WinogradTiles(g.batch(), g.dstH(), g.dstW(), 0, 0, g.dstH(), g.dstW()), 4);
    }

    /** Blocks of L channels. */
    static int blocks(int channels) {
        return Math.ceilDiv(channels, L);
    }

    /** Floats that {@code tiles} tiles take at one point; odd multiples of L, so that the points do not share cache sets. */
    static int point(int channels, int tiles) {
        return Math.multiplyExact(blocks(channels), tiles) * L + L;
    }

    /** Floats that {@code tiles} tiles take. */
    static int size(int channels, int tiles) {
        return Math.multiplyExact(Winograd.POINTS, point(channels, tiles));
    }

    /**
     * Transforms all channels of tiles {@code from} to {@code to - 1} into places {@code at} and following of v, which has room for {@code
     * tiles}.
     */
    void transform(Aligned v, int tiles, int at, int from, int to) {
        transform(v, tiles, 0, channels, at, from, to);
    }

    /** The same of {@code channels} channels from the first on, a multiple of L. */
    void transform(Aligned v, int tiles, int first, int channels, int at, int from, int to) {
        Aligned strip = Scratch.aligned(Scratch.Slot.TASK_C, 12 * ROW);
        int blocks = blocks(channels);
        int point = point(channels, tiles);
        for (int t = from; t < to; ) {
            int tx = t % g.across();
            int row = t / g.across();
            int n = Math.min(Math.min(STRIP, g.across() - tx), to - t);
            for (int b = 0; b < blocks; b++) {
                columns(strip, row / g.down(), row % g.down() * 4 - g.padTop(), tx * 4 - g.padLeft(), n, first + b * L);
                int vAt = v.first() + (b * tiles + at + t - from) * L;
                for (int r = 0; r < 6; r++) {
                    if (side == 6) {
                        rows6(v.array(), vAt + r * 6 * point, point, strip.array(), strip.first() + r * ROW, n);
                    } else {
                        rows4(v.array(), vAt + r * 6 * point, point, strip.array(), strip.first() + r * ROW, n);
                    }
                }
            }
            t += n;
        }
    }

    /** Transforms the columns of the strip of n tiles that begins at pixel (top, left), which may lie outside the image. */
    private void columns(Aligned aligned, int image, int top, int left, int n, int channel) {
        float[] strip = aligned.array();
        int begin = aligned.first();
        int part = src.part(channel);
        float[] pixels = src.arrays()[part];
        int pixel = src.channels()[part];
        int width = 4 * n + side - 4;
        int first = Math.min(Math.max(-left, 0), width);
        int last = Math.max(first, Math.min(width, g.srcW() - left));
        if (last - first < width) {
            for (int r = 0; r < 6; r++) {
                Arrays.fill(strip, begin + r * ROW, begin + r * ROW + first * L, 0);
                Arrays.fill(strip, begin + r * ROW + last * L, begin + r * ROW + width * L, 0);
            }
        }
        int channelOfPart = channel - src.first(part);
        int lanes = Math.min(L, pixel - channelOfPart);
        int at = ((image * g.srcH() + top) * g.srcW() + left + first) * pixel + channelOfPart;
        int step = g.srcW() * pixel;
        if (lanes == L && top >= 0 && top + side <= g.srcH()) {
            columns(strip, begin + first * L, pixels, mask, at, step, pixel, last - first);
        } else {
            int staged = begin + 6 * ROW;
            for (int r = 0; r < side; r++) {
                int to = staged + r * ROW;
                if (top + r < 0 || top + r >= g.srcH()) {
                    Arrays.fill(strip, to, to + (last - first) * L, 0);
                } else if (lanes < L) {
                    copyTail(strip, to, pixels, at + r * step, pixel, last - first, lanes);
                } else if (mask == null) {
                    copy(strip, to, pixels, at + r * step, pixel, last - first);
                } else {
                    copy(strip, to, pixels, mask, at + r * step, pixel, last - first);
                }
            }
            columns(strip, begin + first * L, strip, null, staged, ROW, L, last - first);
        }
    }

    private void columns(
            float[] strip, int to, float[] src, float @Nullable [] mask, int at, int step, int pixel, int n) {
        if (mask == null) {
            if (side == 6) {
                columns6(strip, to, src, at, step, pixel, n);
            } else {
                columns4(strip, to, src, at, step, pixel, n);
            }
        } else if (side == 6) {
            columns6(strip, to, src, mask, at, step, pixel, n);
        } else {
            columns4(strip, to, src, mask, at, step, pixel, n);
        }
    }

    private void copyTail(float[] strip, int to, float[] src, int at, int pixel, int n, int lanes) {
        for (int c = 0; c < n; c++) {
            for (int i = 0; i < L; i++) {
                int from = at + c * pixel + i;
                strip[to + c * L + i] = i < lanes && (mask == null || mask[from] > 0) ? src[from] : 0;
            }
        }
    }

    private static void copy(float[] strip, int to, float[] src, int at, int pixel, int n) {
        for (int c = 0; c < n; c++, to += L, at += pixel) {
            FloatVector.fromArray(S, src, at).intoArray(strip, to);
        }
    }

    private static void copy(float[] strip, int to, float[] src, float[] mask, int at, int pixel, int n) {
        FloatVector zero = FloatVector.zero(S);
        for (int c = 0; c < n; c++, to += L, at += pixel) {
            zero.blend(
                            FloatVector.fromArray(S, src, at),
                            FloatVector.fromArray(S, mask, at).compare(VectorOperators.GT, zero))
                    .intoArray(strip, to);
        }
    }

    private static void columns6(float[] strip, int to, float[] src, int at, int step, int pixel, int n) {
        FloatVector four = FloatVector.broadcast(S, 4);
        FloatVector minusFour = FloatVector.broadcast(S, -4);
        FloatVector minusFive = FloatVector.broadcast(S, -5);
        for (int c = 0; c < n; c++, to += L, at += pixel) {
            FloatVector d0 = FloatVector.fromArray(S, src, at);
            FloatVector d1 = FloatVector.fromArray(S, src, at + step);
            FloatVector d2 = FloatVector.fromArray(S, src, at + 2 * step);
            FloatVector d3 = FloatVector.fromArray(S, src, at + 3 * step);
            FloatVector d4 = FloatVector.fromArray(S, src, at + 4 * step);
            FloatVector d5 = FloatVector.fromArray(S, src, at + 5 * step);
            FloatVector even = d2.fma(minusFour, d4);
            FloatVector odd = d1.fma(minusFour, d3);
            FloatVector p = d4.sub(d2);
            FloatVector q = d3.sub(d1);
            q = q.add(q);
            FloatVector v0 = d0.fma(four, d2.fma(minusFive, d4));
            FloatVector v1 = even.add(odd);
            FloatVector v2 = even.sub(odd);
            FloatVector v3 = p.add(q);
            FloatVector v4 = p.sub(q);
            FloatVector v5 = d1.fma(four, d3.fma(minusFive, d5));
            v0.intoArray(strip, to);
            v1.intoArray(strip, to + ROW);
            v2.intoArray(strip, to + 2 * ROW);
            v3.intoArray(strip, to + 3 * ROW);
            v4.intoArray(strip, to + 4 * ROW);
            v5.intoArray(strip, to + 5 * ROW);
        }
    }

    /** Written twice: the mask in the load takes 414 cycles a tile, a masked copy and then the other method 481. */
    private static void columns6(float[] strip, int to, float[] src, float[] mask, int at, int step, int pixel, int n) {
        FloatVector zero = FloatVector.zero(S);
        FloatVector four = FloatVector.broadcast(S, 4);
        FloatVector minusFour = FloatVector.broadcast(S, -4);
        FloatVector minusFive = FloatVector.broadcast(S, -5);
        for (int c = 0; c < n; c++, to += L, at += pixel) {
            FloatVector d0 = zero.blend(
                    FloatVector.fromArray(S, src, at),
                    FloatVector.fromArray(S, mask, at).compare(VectorOperators.GT, zero));
            FloatVector d1 = zero.blend(
                    FloatVector.fromArray(S, src, at + step),
                    FloatVector.fromArray(S, mask, at + step).compare(VectorOperators.GT, zero));
            FloatVector d2 = zero.blend(
                    FloatVector.fromArray(S, src, at + 2 * step),
                    FloatVector.fromArray(S, mask, at + 2 * step).compare(VectorOperators.GT, zero));
            FloatVector d3 = zero.blend(
                    FloatVector.fromArray(S, src, at + 3 * step),
                    FloatVector.fromArray(S, mask, at + 3 * step).compare(VectorOperators.GT, zero));
            FloatVector d4 = zero.blend(
                    FloatVector.fromArray(S, src, at + 4 * step),
                    FloatVector.fromArray(S, mask, at + 4 * step).compare(VectorOperators.GT, zero));
            FloatVector d5 = zero.blend(
                    FloatVector.fromArray(S, src, at + 5 * step),
                    FloatVector.fromArray(S, mask, at + 5 * step).compare(VectorOperators.GT, zero));
            FloatVector even = d2.fma(minusFour, d4);
            FloatVector odd = d1.fma(minusFour, d3);
            FloatVector p = d4.sub(d2);
            FloatVector q = d3.sub(d1);
            q = q.add(q);
            FloatVector v0 = d0.fma(four, d2.fma(minusFive, d4));
            FloatVector v1 = even.add(odd);
            FloatVector v2 = even.sub(odd);
            FloatVector v3 = p.add(q);
            FloatVector v4 = p.sub(q);
            FloatVector v5 = d1.fma(four, d3.fma(minusFive, d5));
            v0.intoArray(strip, to);
            v1.intoArray(strip, to + ROW);
            v2.intoArray(strip, to + 2 * ROW);
            v3.intoArray(strip, to + 3 * ROW);
            v4.intoArray(strip, to + 4 * ROW);
            v5.intoArray(strip, to + 5 * ROW);
        }
    }

    private static void rows6(float[] v, int to, int point, float[] strip, int at, int n) {
        FloatVector four = FloatVector.broadcast(S, 4);
        FloatVector minusFour = FloatVector.broadcast(S, -4);
        FloatVector minusFive = FloatVector.broadcast(S, -5);
        for (int t = 0; t < n; t++, to += L, at += 4 * L) {
            FloatVector d0 = FloatVector.fromArray(S, strip, at);
            FloatVector d1 = FloatVector.fromArray(S, strip, at + L);
            FloatVector d2 = FloatVector.fromArray(S, strip, at + 2 * L);
            FloatVector d3 = FloatVector.fromArray(S, strip, at + 3 * L);
            FloatVector d4 = FloatVector.fromArray(S, strip, at + 4 * L);
            FloatVector d5 = FloatVector.fromArray(S, strip, at + 5 * L);
            FloatVector even = d2.fma(minusFour, d4);
            FloatVector odd = d1.fma(minusFour, d3);
            FloatVector p = d4.sub(d2);
            FloatVector q = d3.sub(d1);
            q = q.add(q);
            FloatVector v0 = d0.fma(four, d2.fma(minusFive, d4));
            FloatVector v1 = even.add(odd);
            FloatVector v2 = even.sub(odd);
            FloatVector v3 = p.add(q);
            FloatVector v4 = p.sub(q);
            FloatVector v5 = d1.fma(four, d3.fma(minusFive, d5));
            v0.intoArray(v, to);
            v1.intoArray(v, to + point);
            v2.intoArray(v, to + 2 * point);
            v3.intoArray(v, to + 3 * point);
            v4.intoArray(v, to + 4 * point);
            v5.intoArray(v, to + 5 * point);
        }
    }

    private static void columns4(float[] strip, int to, float[] src, int at, int step, int pixel, int n) {
        FloatVector four = FloatVector.broadcast(S, 4);
        for (int c = 0; c < n; c++, to += L, at += pixel) {
            FloatVector d0 = FloatVector.fromArray(S, src, at);
            FloatVector d1 = FloatVector.fromArray(S, src, at + step);
            FloatVector d2 = FloatVector.fromArray(S, src, at + 2 * step);
            FloatVector d3 = FloatVector.fromArray(S, src, at + 3 * step);
            FloatVector even = d0.add(d2);
            FloatVector odd = d1.add(d3);
            FloatVector even4 = d2.fma(four, d0);
            FloatVector odd4 = d3.fma(four, d1);
            odd4 = odd4.add(odd4);
            d0.intoArray(strip, to);
            even.add(odd).intoArray(strip, to + ROW);
            even.sub(odd).intoArray(strip, to + 2 * ROW);
            even4.add(odd4).intoArray(strip, to + 3 * ROW);
            even4.sub(odd4).intoArray(strip, to + 4 * ROW);
            d3.intoArray(strip, to + 5 * ROW);
        }
    }

    /** Written twice as {@link #columns6(float[], int, float[], float[], int, int, int, int)} is. */
    private static void columns4(float[] strip, int to, float[] src, float[] mask, int at, int step, int pixel, int n) {
        FloatVector zero = FloatVector.zero(S);
        FloatVector four = FloatVector.broadcast(S, 4);
        for (int c = 0; c < n; c++, to += L, at += pixel) {
            FloatVector d0 = zero.blend(
                    FloatVector.fromArray(S, src, at),
                    FloatVector.fromArray(S, mask, at).compare(VectorOperators.GT, zero));
            FloatVector d1 = zero.blend(
                    FloatVector.fromArray(S, src, at + step),
                    FloatVector.fromArray(S, mask, at + step).compare(VectorOperators.GT, zero));
            FloatVector d2 = zero.blend(
                    FloatVector.fromArray(S, src, at + 2 * step),
                    FloatVector.fromArray(S, mask, at + 2 * step).compare(VectorOperators.GT, zero));
            FloatVector d3 = zero.blend(
                    FloatVector.fromArray(S, src, at + 3 * step),
                    FloatVector.fromArray(S, mask, at + 3 * step).compare(VectorOperators.GT, zero));
            FloatVector even = d0.add(d2);
            FloatVector odd = d1.add(d3);
            FloatVector even4 = d2.fma(four, d0);
            FloatVector odd4 = d3.fma(four, d1);
            odd4 = odd4.add(odd4);
            d0.intoArray(strip, to);
            even.add(odd).intoArray(strip, to + ROW);
            even.sub(odd).intoArray(strip, to + 2 * ROW);
            even4.add(odd4).intoArray(strip, to + 3 * ROW);
            even4.sub(odd4).intoArray(strip, to + 4 * ROW);
            d3.intoArray(strip, to + 5 * ROW);
        }
    }

    private static void rows4(float[] v, int to, int point, float[] strip, int at, int n) {
        FloatVector four = FloatVector.broadcast(S, 4);
        for (int t = 0; t < n; t++, to += L, at += 4 * L) {
            FloatVector d0 = FloatVector.fromArray(S, strip, at);
            FloatVector d1 = FloatVector.fromArray(S, strip, at + L);
            FloatVector d2 = FloatVector.fromArray(S, strip, at + 2 * L);
            FloatVector d3 = FloatVector.fromArray(S, strip, at + 3 * L);
            FloatVector even = d0.add(d2);
            FloatVector odd = d1.add(d3);
            FloatVector even4 = d2.fma(four, d0);
            FloatVector odd4 = d3.fma(four, d1);
            odd4 = odd4.add(odd4);
            d0.intoArray(v, to);
            even.add(odd).intoArray(v, to + point);
            even.sub(odd).intoArray(v, to + 2 * point);
            even4.add(odd4).intoArray(v, to + 3 * point);
            even4.sub(odd4).intoArray(v, to + 4 * point);
            d3.intoArray(v, to + 5 * point);
        }
    }
}
