package dev.aorta.backend.cpu.element;

import dev.aorta.backend.GatherShape;
import dev.aorta.backend.Strided;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import java.util.Arrays;

/** Kernels that move elements and compute nothing: strided copies and picked slices. */
public final class Movement {
    /** Columns of a slice that one task adds. */
    private static final int COLUMNS = 1024;
    /** Tasks of a gradient, where there is as much to divide; each of them reads the whole index. */
    private static final int GRADIENT_TASKS = 16;

    private Movement() {}

    public static void copy(Parallel p, float[] dst, float[] src, Strided s) {
        StridedCopy.run(p, dst, src, s);
    }

    public static void gather(Parallel p, float[] y, float[] x, float[] index, GatherShape s) {
        Chunks.rows(p, s.outer() * s.count(), s.inner(), (from, to) -> {
            for (int r = from; r < to; r++) {
                int slice = r / s.count() * s.length() + (int) index[r % s.count()];
                Lanes.copy(y, r * s.inner(), x, slice * s.inner(), s.inner());
            }
        });
    }

    /**
     * Tasks divide what is written: outer indices, columns where slices are long, and slices where there are many. Each adds what
     * its own slices receive in the order of the index, so that the sums are the same for any number of threads.
     */
    public static void gatherGrad(Parallel p, float[] dx, float[] dy, float[] index, GatherShape s) {
        int width = Math.min(s.inner(), COLUMNS);
        int across = Math.ceilDiv(s.inner(), width);
        int wanted = Math.ceilDiv(GRADIENT_TASKS, s.outer() * across);
        int slices = Math.ceilDiv(s.length(), Math.clamp(wanted, 1, s.length()));
        int down = Math.ceilDiv(s.length(), slices);
        p.run(s.outer() * down * across, task -> {
            int o = task / across / down;
            int first = task / across % down * slices;
            int end = Math.min(s.length(), first + slices);
            int column = task % across * width;
            int n = Math.min(width, s.inner() - column);
            for (int k = first; k < end; k++) {
                int at = (o * s.length() + k) * s.inner() + column;
                Arrays.fill(dx, at, at + n, 0);
            }
            for (int j = 0; j < s.count(); j++) {
                int k = (int) index[j];
                if (k >= first && k < end) {
                    int at = (o * s.length() + k) * s.inner() + column;
                    Lanes.add(dx, at, dx, at, dy, (o * s.count() + j) * s.inner() + column, n);
                }
            }
        });
    }
}
