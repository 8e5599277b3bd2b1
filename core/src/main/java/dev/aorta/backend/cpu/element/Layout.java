package dev.aorta.backend.cpu.element;

import dev.aorta.backend.Placement;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;

/** Copies of blocks between images. */
public final class Layout {
    private Layout() {}

    public static void copyBlock(
            Parallel p, float[] dst, Placement to, float[] src, Placement from, int batch, int h, int w, int c) {
        boolean wholePixels = c == to.c() && c == from.c();
        Chunks.rows(p, batch * h, w * c, (first, last) -> {
            for (int r = first; r < last; r++) {
                int d = start(to, r / h, r % h);
                int s = start(from, r / h, r % h);
                if (wholePixels) {
                    System.arraycopy(src, s, dst, d, w * c);
                } else {
                    Lanes.copyRows(dst, d, to.c(), src, s, from.c(), w, c);
                }
            }
        });
    }

    private static int start(Placement at, int image, int row) {
        return ((image * at.h() + at.top() + row) * at.w() + at.left()) * at.c() + at.channel();
    }
}
