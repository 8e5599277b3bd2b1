package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Strided;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;

/**
 * A strided copy, taken as many copies between blocks of two axes. The columns of a block are the axis along which neighbours are
 * nearest in the destination, its rows the one of the others along which they are nearest in the source. A block is transposed where
 * these are neighbours.
 */
final class StridedCopy {
    /** Rows of a block that is transposed at once: as many streams are written. */
    private static final int TRANSPOSED_ROWS = 64;
    /** Elements of a block below which its start takes longer than it. */
    private static final int SMALL_BLOCK = 256;
    /** Columns from which a row is copied for itself. */
    private static final int LONG_ROW = 64;

    private final float[] dst;
    private final float[] src;
    /** Axes, the columns last, the rows before them. */
    private final int[] extents;

    private final int dstAt;
    private final int[] dstSteps;
    private final int srcAt;
    private final int[] srcSteps;
    private final boolean transposes;
    /** Rows and columns of a block. */
    private final int height;

    private final int width;

    private StridedCopy(float[] dst, float[] src, Strided s) {
        this.dst = dst;
        this.src = src;
        extents = s.extents();
        dstAt = s.dstAt();
        dstSteps = s.dstSteps();
        srcAt = s.srcAt();
        srcSteps = s.srcSteps();
        int last = extents.length - 1;
        int row = rowAxis();
        transposes = row < last && dstSteps[last] == 1 && srcSteps[last] != 1 && srcSteps[row] == 1;
        moveTo(last - 1, row);
        int rows = rows();
        if (transposes) {
            height = Math.min(rows, TRANSPOSED_ROWS);
            width = Math.min(extents[last], 512);
        } else {
            width = Math.min(extents[last], Chunks.ELEMENTS);
            height = Math.min(rows, Chunks.rowsPerChunk(width));
        }
    }

    static void run(Parallel p, float[] dst, float[] src, Strided s) {
        new StridedCopy(dst, src, sorted(s)).run(p);
    }

    /** The same copy, forwards in the destination, and with its axes in the order in which they lie there. */
    private static Strided sorted(Strided s) {
        int[] e = s.extents().clone();
        int[] d = s.dstSteps().clone();
        int[] f = s.srcSteps().clone();
        int dstAt = s.dstAt();
        int srcAt = s.srcAt();
        for (int i = 0; i < e.length; i++) {
            if (d[i] < 0) {
                dstAt += (e[i] - 1) * d[i];
                srcAt += (e[i] - 1) * f[i];
                d[i] = -d[i];
                f[i] = -f[i];
            }
            for (int j = i; j > 0 && d[j] > d[j - 1]; j--) {
                swap(e, j);
                swap(d, j);
                swap(f, j);
            }
        }
        return Strided.of(e, dstAt, d, srcAt, f);
    }

    private static void swap(int[] values, int i) {
        int v = values[i];
        values[i] = values[i - 1];
        values[i - 1] = v;
    }

    /**
     * The axis along which neighbours are nearest in the source, so that it is read in order, as the destination is written; but the
     * longest one where that makes small blocks.
     */
    private int rowAxis() {
        int last = extents.length - 1;
        int nearest = last - 1;
        int longest = last - 1;
        for (int i = last - 1; i >= 0; i--) {
            nearest = Math.abs(srcSteps[i]) < Math.abs(srcSteps[nearest]) ? i : nearest;
            longest = extents[i] > extents[longest] ? i : longest;
        }
        boolean transposed = last > 0 && srcSteps[last] != 1 && srcSteps[nearest] == 1;
        boolean small = last > 0 && (long) extents[nearest] * extents[last] < SMALL_BLOCK;
        return Math.max(0, small && !transposed ? longest : nearest);
    }

    /** Brings an axis to a place further back. */
    private void moveTo(int place, int axis) {
        for (int i = axis; i < place; i++) {
            swap(extents, i + 1);
            swap(dstSteps, i + 1);
            swap(srcSteps, i + 1);
        }
    }

    private int rows() {
        return extents.length == 1 ? 1 : extents[extents.length - 2];
    }

    private void run(Parallel p) {
        int last = extents.length - 1;
        int across = Math.ceilDiv(extents[last], width);
        int down = Math.ceilDiv(rows(), height);
        int blocks = across * down;
        for (int i = 0; i < last - 1; i++) {
            blocks *= extents[i];
        }
        Chunks.rows(p, blocks, height * width, (from, to) -> {
            for (int i = from; i < to; i++) {
                block(i / across / down, i / across % down * height, i % across * width);
            }
        });
    }

    /**
     * Copies one block.
     *
     * @param index of the axes before the last two, as one
     */
    private void block(int index, int row, int column) {
        int last = extents.length - 1;
        int d = dstAt + column * dstSteps[last];
        int s = srcAt + column * srcSteps[last];
        int dstStep = 0;
        int srcStep = 0;
        if (last > 0) {
            dstStep = dstSteps[last - 1];
            srcStep = srcSteps[last - 1];
            d += row * dstStep;
            s += row * srcStep;
        }
        int rest = index;
        for (int i = last - 2; i >= 0; i--) {
            d += rest % extents[i] * dstSteps[i];
            s += rest % extents[i] * srcSteps[i];
            rest /= extents[i];
        }
        int h = Math.min(height, rows() - row);
        int w = Math.min(width, extents[last] - column);
        if (transposes) {
            Lanes.transpose(dst, d, dstStep, src, s, srcSteps[last], w, h);
        } else if (dstSteps[last] == 1 && srcSteps[last] == 1 && w < LONG_ROW) {
            Lanes.copyRows(dst, d, dstStep, src, s, srcStep, h, w);
        } else if (dstSteps[last] == 1) {
            for (int r = 0; r < h; r++) {
                Lanes.pick(dst, d + r * dstStep, src, s + r * srcStep, srcSteps[last], w);
            }
        } else {
            scattered(d, dstStep, s, srcStep, h, w);
        }
    }

    private void scattered(int d, int dstRow, int s, int srcRow, int h, int w) {
        int dstStep = dstSteps[extents.length - 1];
        int srcStep = srcSteps[extents.length - 1];
        for (int r = 0; r < h; r++) {
            for (int c = 0; c < w; c++) {
                dst[d + r * dstRow + c * dstStep] = src[s + r * srcRow + c * srcStep];
            }
        }
    }
}
