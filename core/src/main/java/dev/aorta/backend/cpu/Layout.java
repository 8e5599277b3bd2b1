package dev.aorta.backend.cpu;

import dev.aorta.backend.Placement;

/** Copies of blocks between images. */
final class Layout {
    private Layout() {}

    static void copyBlock(
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
