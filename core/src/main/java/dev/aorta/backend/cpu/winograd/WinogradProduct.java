package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.cpu.machine.Aligned;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Forward pass and input gradient: transforms the source and the weight, multiplies at each point, transforms back. */
final class WinogradProduct {
    private static final int L = Simd.LANES;
    /** Tiles of a micro kernel: 8 for 32 registers, 4 for 16. */
    private static final int ROWS = Simd.BITS == 512 ? 8 : 4;
    /** Tiles that working memory has room for come in multiples of this, so that a micro kernel may overshoot. */
    private static final int ROOM = 16;

    /** Transforms the weight of a block of output channels and the channels {@code from} to {@code to - 1} of the source. */
    interface Weight {
        void transform(float[] u, int at, int block, int from, int to);
    }

    private final Parallel parallel;
    private final Packing packing;
    private final Packing.Layout layout;
    private final WinogradInput source;
    private final WinogradTiles g;
    private final int in;
    private final int out;
    private final Weight weight;
    private final ImageParts dst;
    private final float[] bias;
    private final float flush;
    private final WayOut wayOut;

    /**
     * Prepares {@code dst = source * weight + bias}, and what becomes of it.
     *
     * @param layout of the weight as it is transformed
     * @param flush is added and taken away again, so that what is far below it becomes 0; 0 changes nothing
     * @param in channels of the source
     * @param out channels of dst
     */
    WinogradProduct(
            Workspace ws,
            Packing.Layout layout,
            ImageParts dst,
            WinogradInput source,
            Weight weight,
            float @Nullable [] bias,
            float flush,
            WayOut wayOut,
            WinogradTiles g,
            int in,
            int out) {
        this.parallel = ws.parallel();
        this.packing = ws.packing();
        this.layout = layout;
        this.dst = dst;
        this.source = source;
        this.weight = weight;
        this.bias = Scratch.floats(Scratch.Slot.SHARED_C, Math.ceilDiv(out, L) * L);
        this.wayOut = wayOut;
        this.g = g;
        this.in = in;
        this.out = out;
        this.flush = flush;
        Arrays.fill(this.bias, flush);
        for (int c = 0; bias != null && c < out; c++) {
            this.bias[c] = bias[c] + flush;
        }
    }

    void run() {
        boolean small = (long) blocks() * WinogradWeight.size(in) <= Tuning.WINOGRAD_WEIGHT;
        int depth = small ? in : Tuning.WINOGRAD_DEPTH;
        int size = small ? WinogradWeight.size(in) : at(in);
        Consumer<Aligned> transform = u -> parallel.run(blocks(), b -> {
            for (int c = 0; c < in; c += depth) {
                weight.transform(u.array(), u.first() + b * size + at(c), b, c, Math.min(in, c + depth));
            }
        });
        float[] array = packing.kept(layout, blocks() * size, a -> transform.accept(new Aligned(a, 0)));
        Aligned kept = array == null ? null : new Aligned(array, 0);
        if (small) {
            int even = Math.ceilDiv(g.count(), Tuning.TASKS / 2 * ROWS) * ROWS;
            int group = Math.clamp(even, ROOM, fitting());
            byTiles(
                    kept == null ? anew(blocks() * size, transform) : kept,
                    size,
                    depth,
                    Math.ceilDiv(g.count(), group));
        } else if (g.count() >= (long) Tuning.WINOGRAD_SHARE * parallel.threads()
                && (kept == null || (long) in * out <= Tuning.WINOGRAD_KEPT)) {
            int most = Math.max(2 * ROOM, fitting()) * parallel.threads();
            byTiles(kept, size, depth, Math.ceilDiv(g.count(), most) * parallel.threads());
        } else {
            byChannels(kept, size);
        }
    }

    /** Tiles whose transforms a level-2 cache holds beside a piece of the weight. */
    private int fitting() {
        return Math.clamp(Tuning.WINOGRAD_GROUP / WinogradInput.size(in, ROOM), 1, 4) * ROOM;
    }

    private static Aligned anew(int size, Consumer<Aligned> transform) {
        Aligned u = Scratch.aligned(Scratch.Slot.SHARED_A, size);
        transform.accept(u);
        return u;
    }

    /** Where the channels from c, a multiple of the depth, begin in a block of the weight that is transformed piece by piece. */
    private static int at(int c) {
        int whole = c / Tuning.WINOGRAD_DEPTH * WinogradWeight.size(Tuning.WINOGRAD_DEPTH);
        int rest = c % Tuning.WINOGRAD_DEPTH;
        return rest == 0 ? whole : whole + WinogradWeight.size(rest);
    }

    private int blocks() {
        return Math.ceilDiv(out, 2 * L);
    }

    /**
     * Much image, little weight: a task takes one of {@code groups} groups of tiles from the source to the destination within its L2
     * cache.
     *
     * @param u the weight, or null where each task transforms it for itself, piece by piece
     * @param size of a block of u
     * @param depth channels of a piece
     */
    private void byTiles(@Nullable Aligned u, int size, int depth, int groups) {
        int kernels = Math.ceilDiv(g.count(), ROWS);
        int room = Math.ceilDiv(Math.ceilDiv(kernels, groups) * ROWS, ROOM) * ROOM;
        parallel.run(groups, k -> {
            int from = (int) ((long) kernels * k / groups) * ROWS;
            int n = Math.min(g.count(), (int) ((long) kernels * (k + 1) / groups) * ROWS) - from;
            Aligned v = Scratch.aligned(Scratch.Slot.TASK_A, WinogradInput.size(in, room));
            Aligned m = Scratch.aligned(Scratch.Slot.TASK_B, room * WinogradOutput.TILE);
            source.transform(v, room, 0, from, from + n);
            for (int b = 0; b < blocks(); b++) {
                for (int c = 0; c < in; c += depth) {
                    multiply(m, c > 0, v, 0, room, n, u, size, b, c, Math.min(in, c + depth));
                }
                write(b, m, from, n);
            }
            finish(from, n, 0, out);
        });
    }

    /** Little image, much weight: a task takes a block of the weight from its taps to the destination. */
    private void byChannels(@Nullable Aligned kept, int size) {
        int span = Math.min(Tuning.WINOGRAD_SPAN, Math.ceilDiv(g.count(), ROOM) * ROOM);
        Aligned v = Scratch.aligned(Scratch.Slot.SHARED_A, WinogradInput.size(in, span));
        for (int first = 0; first < g.count(); first += span) {
            int begin = first;
            int n = Math.min(span, g.count() - begin);
            parallel.run(
                    Math.ceilDiv(n, 8),
                    k -> source.transform(v, span, k * 8, begin + k * 8, begin + Math.min(n, k * 8 + 8)));
            int parts = Math.min(Math.ceilDiv(Tuning.WINOGRAD_TASKS, blocks()), Math.ceilDiv(n, 2 * ROOM));
            int share = Math.ceilDiv(n, parts * ROOM) * ROOM;
            parallel.run(blocks() * parts, task -> {
                int b = task / parts;
                int from = task % parts * share;
                int tiles = Math.min(share, n - from);
                if (tiles <= 0) {
                    return;
                }
                Aligned m = Scratch.aligned(Scratch.Slot.TASK_B, share * WinogradOutput.TILE);
                for (int c = 0; c < in; c += Tuning.WINOGRAD_DEPTH) {
                    int end = Math.min(in, c + Tuning.WINOGRAD_DEPTH);
                    multiply(m, c > 0, v, from, span, tiles, kept, size, b, c, end);
                }
                write(b, m, begin + from, tiles);
                finish(begin + from, tiles, b * 2 * L, Math.min(out, (b + 1) * 2 * L));
            });
        }
    }

    /**
     * {@code m = or += v * u} at each point, for n tiles of v from the first, of {@code room} that lie there, a block of output
     * channels and channels from..to of the source.
     *
     * @param whole the weight, in blocks of {@code size}, or null where it is transformed here
     */
    private void multiply(
            Aligned m,
            boolean add,
            Aligned v,
            int first,
            int room,
            int n,
            @Nullable Aligned whole,
            int size,
            int block,
            int from,
            int to) {
        Aligned u = whole;
        int uAt = block * size + at(from);
        if (u == null) {
            u = Scratch.aligned(Scratch.Slot.TASK_E, WinogradWeight.size(to - from));
            uAt = 0;
            weight.transform(u.array(), u.first(), block, from, to);
        }
        boolean wide = block * 2 * L + L < out;
        int vBlock = room * L;
        for (int p = 0; p < Winograd.POINTS; p++) {
            int pAt = u.first() + uAt + p * WinogradWeight.point(to - from);
            for (int t = 0; t < n; t += wide ? ROWS : 2 * ROWS) {
                int mAt = m.first() + t * WinogradOutput.TILE + p * L;
                int vAt = v.first() + p * WinogradInput.point(in, room) + from / L * vBlock + (first + t) * L;
                if (ROWS == 8 && wide) {
                    WinogradTileKernel.tiles8x2(m.array(), mAt, add, v.array(), vAt, vBlock, u.array(), pAt, to - from);
                } else if (ROWS == 8) {
                    WinogradTileKernel.tiles16x1(
                            m.array(), mAt, add, v.array(), vAt, vBlock, u.array(), pAt, to - from);
                } else if (wide) {
                    WinogradTileKernel.tiles4x2(m.array(), mAt, add, v.array(), vAt, vBlock, u.array(), pAt, to - from);
                } else {
                    WinogradTileKernel.tiles8x1(m.array(), mAt, add, v.array(), vAt, vBlock, u.array(), pAt, to - from);
                }
            }
        }
    }

    /** What becomes of channels {@code first} to {@code end - 1} of n tiles beyond the lower bound. */
    private void finish(int from, int n, int first, int end) {
        boolean nothing = wayOut.rest() == null && wayOut.high() == Float.POSITIVE_INFINITY;
        for (int t = from; !nothing && t < from + n; t++) {
            int left = t % g.across() * WinogradTiles.SIDE;
            int columns = Math.min(WinogradTiles.SIDE, g.dstW() - left);
            int top = t / g.across() % g.down() * WinogradTiles.SIDE;
            int image = t / g.across() / g.down();
            boolean whole = end - first == out;
            for (int row = top; row < Math.min(top + WinogradTiles.SIDE, g.dstH()); row++) {
                int at = ((image * g.dstH() + row) * g.dstW() + left) * out + first;
                wayOut.stored(dst.whole(), at, whole ? 1 : columns, out, whole ? columns * out : end - first);
            }
        }
    }

    private void write(int block, Aligned m, int from, int n) {
        for (int c = block * 2 * L; c < Math.min(out, (block + 1) * 2 * L); c += L) {
            int half = m.first() + (c / L - 2 * block) * WinogradOutput.HALF;
            WinogradOutput.write(dst, c, bias, flush, wayOut.low(), m.array(), half, g, from, from + n);
        }
    }
}
