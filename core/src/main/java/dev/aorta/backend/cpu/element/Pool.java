package dev.aorta.backend.cpu.element;

import dev.aorta.backend.PoolShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Scratch;
import java.util.Arrays;

/** Pooling and its adjoints, by rows of windows. */
public final class Pool {
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
        for (int ox = 0; ox < s.outW(); ox++) {
            int d = (r * s.outW() + ox) * c;
            Arrays.fill(y, d, d + c, Float.NEGATIVE_INFINITY);
            for (int iy = top(s, r % s.outH()); iy < bottom(s, r % s.outH()); iy++) {
                for (int ix = left(s, ox); ix < right(s, ox); ix++) {
                    Lanes.max(y, d, x, ((r / s.outH() * s.inH() + iy) * s.inW() + ix) * c, c);
                }
            }
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
            scatter(p, dx, s, (image, c0, c1) -> maxGrad(dx, dy, x, s, image, c0, c1));
        }
    }

    private static void maxGrad(float[] dx, float[] dy, float[] x, PoolShape s, int image, int c0, int c1) {
        int c = s.channels();
        int n = c1 - c0;
        float[] best = Scratch.floats(Scratch.Slot.TASK_A, n);
        float[] gradient = Scratch.floats(Scratch.Slot.TASK_B, n);
        for (int oy = 0; oy < s.outH(); oy++) {
            for (int ox = 0; ox < s.outW(); ox++) {
                Lanes.copy(gradient, 0, dy, ((image * s.outH() + oy) * s.outW() + ox) * c + c0, n);
                Arrays.fill(best, 0, n, Float.NEGATIVE_INFINITY);
                for (int iy = top(s, oy); iy < bottom(s, oy); iy++) {
                    for (int ix = left(s, ox); ix < right(s, ox); ix++) {
                        Lanes.max(best, 0, x, ((image * s.inH() + iy) * s.inW() + ix) * c + c0, n);
                    }
                }
                for (int iy = top(s, oy); iy < bottom(s, oy); iy++) {
                    for (int ix = left(s, ox); ix < right(s, ox); ix++) {
                        Lanes.claim(dx, x, ((image * s.inH() + iy) * s.inW() + ix) * c + c0, best, gradient, n);
                    }
                }
            }
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
        scatter(p, dx, s, (image, c0, c1) -> {
            int c = s.channels();
            for (int oy = 0; oy < s.outH(); oy++) {
                for (int ox = 0; ox < s.outW(); ox++) {
                    int from = ((image * s.outH() + oy) * s.outW() + ox) * c + c0;
                    float share = 1f / count(s, oy, ox);
                    for (int iy = top(s, oy); iy < bottom(s, oy); iy++) {
                        for (int ix = left(s, ox); ix < right(s, ox); ix++) {
                            int d = ((image * s.inH() + iy) * s.inW() + ix) * c + c0;
                            Lanes.axpy(dx, d, share, dy, from, c1 - c0);
                        }
                    }
                }
            }
        });
    }

    private interface Scatter {
        void run(int image, int firstChannel, int endChannel);
    }

    /** Windows may overlap, so the work is split where it cannot collide: by image and by runs of channels. */
    private static void scatter(Parallel p, float[] dx, PoolShape s, Scatter body) {
        Pointwise.fill(p, dx, 0);
        int runs = Math.ceilDiv(s.channels(), 16);
        p.run(s.batch() * runs, i -> {
            int c0 = i % runs * 16;
            body.run(i / runs, c0, Math.min(c0 + 16, s.channels()));
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
