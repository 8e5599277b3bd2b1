package dev.aorta.backend.cpu.element;

import dev.aorta.backend.PoolShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import java.util.Arrays;

/** Pooling and its adjoints, by rows of windows. */
public final class Pool {
    /** Most tasks of a gradient of windows that may overlap: more would read more windows twice. */
    private static final int SCATTER_TASKS = 64;

    private Pool() {}

    public static void max(Parallel p, float[] y, float[] x, PoolShape s) {
        int c = s.channels();
        Chunks.rows(p, s.batch() * s.outH(), s.strideH() * s.inW() * c, (from, to) -> {
            for (int r = from; r < to; r++) {
                if (isTwoByTwo(s)) {
                    for (int ox = 0; ox < s.outW(); ox++) {
                        int a = corner(s, r, ox);
                        int below = a + s.inW() * c;
                        Lanes.max4(y, (r * s.outW() + ox) * c, x, a, a + c, below, below + c, c);
                    }
                } else {
                    maxRow(y, x, s, r);
                }
            }
        });
    }

    private static void maxRow(float[] y, float[] x, PoolShape s, int r) {
        int c = s.channels();
        int oy = r % s.outH();
        int top = top(s, oy);
        int rows = bottom(s, oy) - top;
        for (int ox = 0; ox < s.outW(); ox++) {
            int left = left(s, ox);
            int at = ((r / s.outH() * s.inH() + top) * s.inW() + left) * c;
            Lanes.maxOfWindow(y, (r * s.outW() + ox) * c, x, at, rows, s.inW() * c, right(s, ox) - left, c);
        }
    }

    public static void maxGrad(Parallel p, float[] dx, float[] dy, float[] x, PoolShape s) {
        int c = s.channels();
        if (isTwoByTwo(s)) {
            if ((s.inH() | s.inW()) % 2 != 0) {
                Pointwise.fill(p, dx, 0);
            }
            Chunks.rows(p, s.batch() * s.outH(), s.strideH() * s.inW() * c, (from, to) -> {
                for (int r = from; r < to; r++) {
                    for (int ox = 0; ox < s.outW(); ox++) {
                        int a = corner(s, r, ox);
                        int below = a + s.inW() * c;
                        Lanes.max4Grad(dx, dy, (r * s.outW() + ox) * c, x, a, a + c, below, below + c, c);
                    }
                }
            });
        } else {
            scatter(p, dx, s, (image, oy, from, to) -> {
                int top = top(s, oy);
                for (int ox = 0; ox < s.outW(); ox++) {
                    int left = left(s, ox);
                    Lanes.maxOfWindowGrad(
                            dx,
                            dy,
                            ((image * s.outH() + oy) * s.outW() + ox) * c,
                            x,
                            ((image * s.inH() + top) * s.inW() + left) * c,
                            bottom(s, oy) - top,
                            s.inW() * c,
                            right(s, ox) - left,
                            c,
                            from - top,
                            to - top);
                }
            });
        }
    }

    public static void avg(Parallel p, float[] y, float[] x, PoolShape s) {
        int c = s.channels();
        Chunks.rows(p, s.batch() * s.outH(), s.strideH() * s.inW() * c, (from, to) -> {
            Arrays.fill(y, from * s.outW() * c, to * s.outW() * c, 0);
            for (int r = from; r < to; r++) {
                for (int ox = 0; ox < s.outW(); ox++) {
                    int d = (r * s.outW() + ox) * c;
                    float share = 1f / count(s, r % s.outH(), ox);
                    for (int iy = top(s, r % s.outH()); iy < bottom(s, r % s.outH()); iy++) {
                        for (int ix = left(s, ox); ix < right(s, ox); ix++) {
                            Lanes.axpy(y, d, share, x, ((r / s.outH() * s.inH() + iy) * s.inW() + ix) * c, c);
                        }
                    }
                }
            }
        });
    }

    public static void avgGrad(Parallel p, float[] dx, float[] dy, PoolShape s) {
        int c = s.channels();
        scatter(p, dx, s, (image, oy, from, to) -> {
            for (int ox = 0; ox < s.outW(); ox++) {
                int window = ((image * s.outH() + oy) * s.outW() + ox) * c;
                float share = 1f / count(s, oy, ox);
                for (int iy = from; iy < to; iy++) {
                    for (int ix = left(s, ox); ix < right(s, ox); ix++) {
                        Lanes.axpy(dx, ((image * s.inH() + iy) * s.inW() + ix) * c, share, dy, window, c);
                    }
                }
            }
        });
    }

    private interface Scatter {
        /** Adds to dx what a row of windows sends to rows {@code from} to {@code to - 1} of an image. */
        void run(int image, int oy, int from, int to);
    }

    /**
     * Windows may overlap, so a task writes rows of dx of its own, and reads all windows that reach into them: the first and the last of
     * them are read by its neighbours too.
     */
    private static void scatter(Parallel p, float[] dx, PoolShape s, Scatter body) {
        int width = s.inW() * s.channels();
        int rows = s.batch() * s.inH();
        int step = Math.max(Chunks.rowsPerChunk(width), Math.ceilDiv(rows, SCATTER_TASKS));
        Chunks.pieces(p, rows, step, (from, to) -> {
            Arrays.fill(dx, from * width, to * width, 0);
            for (int row = from, end; row < to; row = end) {
                int image = row / s.inH();
                end = Math.min(to, (image + 1) * s.inH());
                int first = row - image * s.inH();
                int last = end - image * s.inH();
                int oy = Math.max(0, Math.ceilDiv(first + s.padTop() - s.kH() + 1, s.strideH()));
                for (; oy < s.outH() && top(s, oy) < last; oy++) {
                    body.run(image, oy, Math.max(first, top(s, oy)), Math.min(last, bottom(s, oy)));
                }
            }
        });
    }

    private static boolean isTwoByTwo(PoolShape s) {
        return s.kH() == 2
                && s.kW() == 2
                && s.strideH() == 2
                && s.strideW() == 2
                && s.padTop() == 0
                && s.padLeft() == 0
                && 2 * s.outH() <= s.inH()
                && 2 * s.outW() <= s.inW();
    }

    private static int corner(PoolShape s, int r, int ox) {
        return ((r / s.outH() * s.inH() + r % s.outH() * 2) * s.inW() + ox * 2) * s.channels();
    }

    private static int count(PoolShape s, int oy, int ox) {
        return (bottom(s, oy) - top(s, oy)) * (right(s, ox) - left(s, ox));
    }

    private static int top(PoolShape s, int oy) {
        return Math.max(0, oy * s.strideH() - s.padTop());
    }

    private static int bottom(PoolShape s, int oy) {
        return Math.min(s.inH(), oy * s.strideH() - s.padTop() + s.kH());
    }

    private static int left(PoolShape s, int ox) {
        return Math.max(0, ox * s.strideW() - s.padLeft());
    }

    private static int right(PoolShape s, int ox) {
        return Math.min(s.inW(), ox * s.strideW() - s.padLeft() + s.kW());
    }
}
