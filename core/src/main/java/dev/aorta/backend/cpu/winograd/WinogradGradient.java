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
    /** Output channels, and vectors of input channels, of a task that shares the transformed tiles. */
    private static final int TASK_ROWS = 32;

    private static final int TASK_VECTORS = 4;

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

    /** Much image, little weight: a task sums over its share of the tiles; the sums are added in order. */
    private void byTiles() {
        int shares = Math.min(Tuning.TASKS, Math.ceilDiv(tiles, 16));
        int share = Math.ceilDiv(tiles, shares);
        int group = Math.clamp(Tuning.WINOGRAD_SUM / (Winograd.POINTS * (in + out)), 16, 256);
        int vectors = WinogradInput.blocks(in);
        int rows = Math.ceilDiv(out, ROWS) * ROWS;
        int size = out * 9 * in;
        int width = WinogradInput.blocks(out) * L;
        float[] sums = Scratch.floats(Scratch.Slot.SHARED_A, shares * (size + width));
        parallel.run(shares, k -> {
            Aligned p = Scratch.aligned(Scratch.Slot.TASK_E, rows * vectors * Winograd.POINTS * L);
            int end = Math.min(tiles, (k + 1) * share);
            for (int from = k * share; from < end; from += group) {
                int to = Math.min(end, from + group);
                Aligned v = Scratch.aligned(Scratch.Slot.TASK_A, WinogradInput.size(in, group));
                Aligned d = Scratch.aligned(Scratch.Slot.TASK_B, WinogradInput.size(out, group));
                x.transform(v, group, 0, from, to);
                dy.transform(d, group, 0, from, to);
                multiply(p, from > k * share, d, v, group, to - from, 0, rows, 0, vectors);
                sumPixels(sums, shares * size + k * width, from > k * share, d, group, to - from);
            }
            WinogradWeight.back(sums, k * size, in, 0, p, out, vectors);
        });
        Chunks.run(parallel, size, (from, to) -> {
            System.arraycopy(sums, from, dw, from, to - from);
            for (int k = 1; k < shares; k++) {
                Lanes.add(dw, from, dw, from, sums, k * size + from, to - from);
            }
        });
        if (db != null) {
            for (int k = 1; k < shares; k++) {
                Lanes.add(sums, shares * size, sums, shares * size, sums, shares * size + k * width, width);
            }
            System.arraycopy(sums, shares * size, db, 0, out);
        }
    }

    /** Little image, much weight: a task makes a block of dw from transformed tiles that all share. */
    private void byChannels() {
        int span = Math.min(Tuning.WINOGRAD_SPAN, tiles);
        Aligned v = Scratch.aligned(Scratch.Slot.SHARED_A, WinogradInput.size(in, span));
        Aligned d = Scratch.aligned(Scratch.Slot.SHARED_B, WinogradInput.size(out, span));
        int across = Math.ceilDiv(WinogradInput.blocks(in), TASK_VECTORS);
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
                sumPixels(sums, 0, begin > 0, d, span, end - begin);
                System.arraycopy(sums, 0, db, 0, out);
            }
            parallel.run(
                    Math.ceilDiv(out, TASK_ROWS) * across,
                    k -> block(k / across * TASK_ROWS, k % across * TASK_VECTORS, d, v, span, end - begin, begin > 0));
        }
    }

    /** The rows and vectors of dw from (row, vector). */
    private void block(int row, int vector, Aligned d, Aligned v, int span, int n, boolean add) {
        int rows = Math.min(TASK_ROWS, out - row);
        int vectors = Math.min(TASK_VECTORS, WinogradInput.blocks(in) - vector);
        int whole = Math.ceilDiv(rows, ROWS) * ROWS;
        Aligned p = Scratch.aligned(Scratch.Slot.TASK_E, whole * vectors * Winograd.POINTS * L);
        multiply(p, false, d, v, span, n, row, whole, vector, vectors);
        if (!add) {
            WinogradWeight.back(dw, row * 9 * in, in, vector * L, p, rows, vectors);
            return;
        }
        int width = Math.min(vectors * L, in - vector * L);
        float[] part = Scratch.floats(Scratch.Slot.TASK_A, rows * 9 * width);
        WinogradWeight.back(part, 0, width, 0, p, rows, vectors);
        for (int k = 0; k < rows * 9; k++) {
            int at = (row * 9 + k) * in + vector * L;
            Lanes.add(dw, at, dw, at, part, k * width, width);
        }
    }

    /**
     * {@code sums[o] = or += } the pixels of dy in n tiles: the second row of A is all ones, so point (1, 1) of A dy A^T is the sum of
     * the tile.
     */
    private void sumPixels(float[] sums, int at, boolean add, Aligned d, int room, int n) {
        for (int b = 0; b < WinogradInput.blocks(out); b++) {
            FloatVector sum = add ? FloatVector.fromArray(S, sums, at + b * L) : FloatVector.zero(S);
            int from = d.first() + 7 * WinogradInput.point(out, room) + b * room * L;
            for (int t = 0; t < n; t++) {
                sum = FloatVector.fromArray(S, d.array(), from + t * L).add(sum);
            }
            sum.intoArray(sums, at + b * L);
        }
    }

    /** {@code p[o, i] = or += sum over n tiles of d[t, row + o] * v[t, vector + i]} at each point. */
    private void multiply(
            Aligned p, boolean add, Aligned d, Aligned v, int room, int n, int row, int rows, int vector, int vectors) {
        int block = room * L;
        int dPoint = WinogradInput.point(out, room);
        int vPoint = WinogradInput.point(in, room);
        int pStep = vectors * Winograd.POINTS * L;
        for (int point = 0; point < Winograd.POINTS; point++) {
            for (int o = 0; o < rows; o += ROWS) {
                int dAt = d.first() + point * dPoint + (row + o) / L * block + (row + o) % L;
                for (int i = 0; i < vectors; i += 2) {
                    int pAt = p.first() + o * pStep + (i * Winograd.POINTS + point) * L;
                    int vAt = v.first() + point * vPoint + (vector + i) * block;
                    if (ROWS == 8 && i + 1 < vectors) {
                        WinogradRowKernel.rows8x2(p.array(), pAt, pStep, add, d.array(), dAt, v.array(), vAt, block, n);
                    } else if (ROWS == 8) {
                        WinogradRowKernel.rows8x1(p.array(), pAt, pStep, add, d.array(), dAt, v.array(), vAt, n);
                    } else if (i + 1 < vectors) {
                        WinogradRowKernel.rows4x2(p.array(), pAt, pStep, add, d.array(), dAt, v.array(), vAt, block, n);
                    } else {
                        WinogradRowKernel.rows4x1(p.array(), pAt, pStep, add, d.array(), dAt, v.array(), vAt, n);
                    }
                }
            }
        }
    }
}
