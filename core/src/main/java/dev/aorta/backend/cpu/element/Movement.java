package dev.aorta.backend.cpu.element;

import dev.aorta.backend.GatherShape;
import dev.aorta.backend.Strided;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import java.util.Arrays;

/** Kernels that move elements and compute nothing: strided copies and picked slices. */
public final class Movement {
    private Movement() {}

    public static void copy(Parallel p, float[] dst, float[] src, Strided s) {
        int last = s.extents().length - 1;
        int run = s.extents()[last];
        int stepD = s.dstSteps()[last];
        int stepS = s.srcSteps()[last];
        Chunks.rows(p, s.size() / run, run, (from, to) -> {
            for (int r = from; r < to; r++) {
                int d = s.dstAt();
                int at = s.srcAt();
                int rest = r;
                for (int axis = last - 1; axis >= 0; axis--) {
                    int i = rest % s.extents()[axis];
                    d += i * s.dstSteps()[axis];
                    at += i * s.srcSteps()[axis];
                    rest /= s.extents()[axis];
                }
                if (stepD == 1 && stepS == 1) {
                    Lanes.copy(dst, d, src, at, run);
                } else {
                    for (int i = 0; i < run; i++) {
                        dst[d + i * stepD] = src[at + i * stepS];
                    }
                }
            }
        });
    }

    public static void gather(Parallel p, float[] y, float[] x, float[] index, GatherShape s) {
        Chunks.rows(p, s.outer() * s.count(), s.inner(), (from, to) -> {
            for (int r = from; r < to; r++) {
                int slice = r / s.count() * s.length() + (int) index[r % s.count()];
                System.arraycopy(x, slice * s.inner(), y, r * s.inner(), s.inner());
            }
        });
    }

    public static void gatherGrad(Parallel p, float[] dx, float[] dy, float[] index, GatherShape s) {
        Arrays.fill(dx, 0);
        Chunks.rows(p, s.outer(), s.count() * s.inner(), (from, to) -> {
            for (int r = from * s.count(); r < to * s.count(); r++) {
                int slice = r / s.count() * s.length() + (int) index[r % s.count()];
                Lanes.add(dx, slice * s.inner(), dx, slice * s.inner(), dy, r * s.inner(), s.inner());
            }
        });
    }
}
