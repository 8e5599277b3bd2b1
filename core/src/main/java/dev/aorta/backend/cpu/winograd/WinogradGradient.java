package dev.aorta.backend.cpu.winograd;

import dev.aorta.backend.cpu.machine.Aligned;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Simd;
import dev.aorta.backend.cpu.machine.Species;
import dev.aorta.backend.cpu.machine.Tuning;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** Weight gradient: transforms x and dy, multiplies at each point over the tiles, transforms back. */
final class WinogradGradient {
    private static final VectorSpecies<Float> S = Species.S;
    private static final int L = Simd.LANES;
    /** Output channels of a micro kernel: 8 for 32 registers, 4 for 16. */
    private static final int ROWS = Simd.BITS == 512 ? 8 : 4;
    /** Channels of dy and of x of a task that transforms its own tiles at most: its sums are 590 KB. */
    private static final int SIDE = 64;
    /** Channels of dy, and of x, of a task that shares the transformed tiles. */
    private static final int SHARED_ROWS = 32;

    private static final int SHARED_COLUMNS = 64;

    private final Parallel parallel;
    private final float[] dw;
    private final float @Nullable [] db;
    private final WinogradInput dy;
    private final WinogradInput x;
    private final int tiles;
    private final int out;
    private final int in;

    /** Prepares dw, (out, 3, 3, in), and where wanted db, (out), from dy and x. */
    WinogradGradient(
            Parallel parallel,
            float[] dw,
            float @Nullable [] db,
            WinogradInput dy,
            WinogradInput x,
            int tiles,
            int out,
            int in) {
        this.parallel = parallel;
        this.dw = dw;
        this.db = db;
        this.dy = dy;
        this.x = x;
        this.tiles = tiles;
        this.out = out;
        this.in = in;
    }

    void run() {
        if ((long) out * in <= Tuning.WINOGRAD_GRADIENT) {
            byTiles();
        } else {
            byChannels();
        }
    }

    /**
     * Much image, little weight: a task has a share of the tiles and a block of the channels, and transforms for itself what it sums over,
     * since what another core has just written is slower to read. The sums of the shares are added in order.
     */
    private void byTiles() {
        int rows = Math.min(out, SIDE);
        int columns = Math.min(in, SIDE);
        int blocks = Math.ceilDiv(out, rows) * Math.ceilDiv(in, columns);
        int shares = Math.clamp(Tuning.TASKS / blocks, 1, Math.ceilDiv(tiles, Tuning.WINOGRAD_SUMMED));
        int share = Math.ceilDiv(tiles, shares);
        int most = Math.clamp(Tuning.WINOGRAD_SUM / (Winograd.POINTS * (rows + columns)), 16, 256);
        int group = Math.ceilDiv(share, Math.ceilDiv(share, most));
        int height = height(rows, columns, shares);
        int across = Math.ceilDiv(in, columns);
        int down = Math.ceilDiv(out, height);
        int size = out * 9 * in;
        int width = WinogradInput.blocks(out) * L;
        float[] sums = shares == 1 ? dw : Scratch.floats(Scratch.Slot.SHARED_A, shares * size);
        float[] pixels = Scratch.floats(Scratch.Slot.SHARED_C, shares * width);
        parallel.run(shares * down * across, task -> {
            int k = task / across / down;
            Block block = block(task / across % down * height, height, task % across * columns, columns);
            int end = Math.min(tiles, (k + 1) * share);
            Aligned p = block.sums();
            Aligned v = Scratch.aligned(Scratch.Slot.TASK_A, WinogradInput.size(block.columns, group));
            Aligned d = Scratch.aligned(Scratch.Slot.TASK_B, WinogradInput.size(block.rows, group));
            for (int from = k * share; from < end; from += group) {
                int n = Math.min(group, end - from);
                boolean add = from > k * share;
                x.transform(v, group, block.column, block.columns, 0, from, from + n);
                dy.transform(d, group, block.row, block.rows, 0, from, from + n);
                block.multiply(p, add, d, block.rows, 0, v, block.columns, 0, group, n);
                if (db != null && block.column == 0) {
                    sumPixels(pixels, k * width + block.row, add, d, block.rows, group, n);
                }
            }
            WinogradWeight.back(sums, k * size + block.row * 9 * in, in, block.column, p, block.rows, block.vectors());
        });
        addShares(dw, sums, shares, size);
        if (db != null) {
            addShares(db, pixels, shares, width);
        }
    }

    /** Channels of dy of a task: fewer where otherwise not every thread had one, since the sums of a share do not depend on it. */
    private int height(int rows, int columns, int shares) {
        int height = rows;
        while (height > L && shares * Math.ceilDiv(out, height) * Math.ceilDiv(in, columns) < parallel.threads()) {
            height = Math.ceilDiv(height, 2 * L) * L;
        }
        return height;
    }

    /** The sum of {@code shares} arrays of {@code size} numbers, as far as there is place, in order. */
    private void addShares(float[] sum, float[] of, int shares, int size) {
        if (sum == of) {
            return;
        }
        Chunks.run(parallel, Math.min(sum.length, size), (from, to) -> {
            System.arraycopy(of, from, sum, from, to - from);
            for (int k = 1; k < shares; k++) {
                Lanes.add(sum, from, sum, from, of, k * size + from, to - from);
            }
        });
    }

    /** Little image, much weight: a task makes a block of dw from transformed tiles that all share. */
    private void byChannels() {
        int span = Math.min(Tuning.WINOGRAD_SPAN, tiles);
        Aligned v = Scratch.aligned(Scratch.Slot.SHARED_A, WinogradInput.size(in, span));
        Aligned d = Scratch.aligned(Scratch.Slot.SHARED_B, WinogradInput.size(out, span));
        int across = Math.ceilDiv(in, SHARED_COLUMNS);
        for (int first = 0; first < tiles; first += span) {
            int begin = first;
            int end = Math.min(tiles, begin + span);
            parallel.run(Math.ceilDiv(end - begin, 8), k -> {
                int from = begin + k * 8;
                x.transform(v, span, k * 8, from, Math.min(end, from + 8));
                dy.transform(d, span, k * 8, from, Math.min(end, from + 8));
            });
            if (db != null) {
                float[] sums = Scratch.floats(Scratch.Slot.SHARED_C, WinogradInput.blocks(out) * L);
                sumPixels(sums, 0, begin > 0, d, out, span, end - begin);
                System.arraycopy(sums, 0, db, 0, out);
            }
            parallel.run(Math.ceilDiv(out, SHARED_ROWS) * across, k -> {
                Block block = block(k / across * SHARED_ROWS, SHARED_ROWS, k % across * SHARED_COLUMNS, SHARED_COLUMNS);
                Aligned p = block.sums();
                block.multiply(p, false, d, out, block.row, v, in, block.column, span, end - begin);
                write(block, p, begin > 0);
            });
        }
    }

    /** At most so many channels from a row and a column on. */
    private Block block(int row, int height, int column, int width) {
        return new Block(row, Math.min(height, out - row), column, Math.min(width, in - column));
    }

    /** {@code dw = or +=} the sums of a block. */
    private void write(Block block, Aligned p, boolean add) {
        if (!add) {
            WinogradWeight.back(dw, block.row * 9 * in, in, block.column, p, block.rows, block.vectors());
            return;
        }
        int width = block.columns;
        float[] part = Scratch.floats(Scratch.Slot.TASK_A, block.rows * 9 * width);
        WinogradWeight.back(part, 0, width, 0, p, block.rows, block.vectors());
        for (int k = 0; k < block.rows * 9; k++) {
            int at = (block.row * 9 + k) * in + block.column;
            Lanes.add(dw, at, dw, at, part, k * width, width);
        }
    }

    /**
     * {@code sums[o] = or += } the pixels of dy in n tiles: the second row of A is all ones, so point (1, 1) of A dy A^T is the sum of
     * the tile.
     */
    private void sumPixels(float[] sums, int at, boolean add, Aligned d, int rows, int room, int n) {
        for (int b = 0; b < WinogradInput.blocks(rows); b++) {
            FloatVector sum = add ? FloatVector.fromArray(S, sums, at + b * L) : FloatVector.zero(S);
            int from = d.first() + 7 * WinogradInput.point(rows, room) + b * room * L;
            for (int t = 0; t < n; t++) {
                sum = FloatVector.fromArray(S, d.array(), from + t * L).add(sum);
            }
            sum.intoArray(sums, at + b * L);
        }
    }

    /** Channels of dy from a row on, and of x from a column on: a part of dw that one task sums. */
    private record Block(int row, int rows, int column, int columns) {
        int vectors() {
            return WinogradInput.blocks(columns);
        }

        private int wholeRows() {
            return Math.ceilDiv(rows, ROWS) * ROWS;
        }

        /** Place for its sums. */
        Aligned sums() {
            return Scratch.aligned(Scratch.Slot.TASK_E, wholeRows() * vectors() * Winograd.POINTS * L);
        }

        /**
         * {@code p[o, i] = or += sum over n tiles of d[t, dFirst + o] * v[t, vFirst + i]} at each point, of d and v with {@code dChannels}
         * and {@code vChannels} channels and room for {@code room} tiles.
         */
        void multiply(
                Aligned p,
                boolean add,
                Aligned d,
                int dChannels,
                int dFirst,
                Aligned v,
                int vChannels,
                int vFirst,
                int room,
                int n) {
            int block = room * L;
            int dPoint = WinogradInput.point(dChannels, room);
            int vPoint = WinogradInput.point(vChannels, room);
            int vectors = vectors();
            int pStep = vectors * Winograd.POINTS * L;
            for (int point = 0; point < Winograd.POINTS; point++) {
                for (int o = 0; o < wholeRows(); o += ROWS) {
                    int dAt = d.first() + point * dPoint + (dFirst + o) / L * block + (dFirst + o) % L;
                    for (int i = 0; i < vectors; i += 2) {
                        int pAt = p.first() + o * pStep + (i * Winograd.POINTS + point) * L;
                        int vAt = v.first() + point * vPoint + (vFirst / L + i) * block;
                        kernel(p.array(), pAt, pStep, add, d.array(), dAt, v.array(), vAt, block, n, i + 1 < vectors);
                    }
                }
            }
        }

        private static void kernel(
                float[] p,
                int pAt,
                int pStep,
                boolean add,
                float[] d,
                int dAt,
                float[] v,
                int vAt,
                int block,
                int n,
                boolean two) {
            if (ROWS == 8 && two) {
                WinogradRowKernel.rows8x2(p, pAt, pStep, add, d, dAt, v, vAt, block, n);
            } else if (ROWS == 8) {
                WinogradRowKernel.rows8x1(p, pAt, pStep, add, d, dAt, v, vAt, n);
            } else if (two) {
                WinogradRowKernel.rows4x2(p, pAt, pStep, add, d, dAt, v, vAt, block, n);
            } else {
                WinogradRowKernel.rows4x1(p, pAt, pStep, add, d, dAt, v, vAt, n);
            }
        }
    }
}
