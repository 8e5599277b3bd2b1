package dev.aorta.backend.cpu.element;

import dev.aorta.backend.UpsampleShape;
import dev.aorta.backend.cpu.machine.Chunks;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Parallel;
import java.util.Arrays;

/** Enlarging images, and the adjoints. */
public final class Resize {
    private Resize() {}

    public static void run(Parallel p, float[] y, float[] x, UpsampleShape s) {
        if (s.bilinear()) {
            bilinear(p, y, x, s);
        } else {
            nearest(p, y, x, s);
        }
    }

    public static void gradient(Parallel p, float[] dx, float[] dy, UpsampleShape s) {
        if (s.bilinear()) {
            bilinearGrad(p, dx, dy, s);
        } else {
            nearestGrad(p, dx, dy, s);
        }
    }

    private static void nearest(Parallel p, float[] y, float[] x, UpsampleShape s) {
        int c = s.channels();
        int outW = s.inW() * s.factorW();
        Chunks.rows(p, s.batch() * s.inH(), outW * c * s.factorH(), (from, to) -> {
            for (int r = from; r < to; r++) {
                int first = r * s.factorH() * outW * c;
                for (int ox = 0; ox < outW; ox++) {
                    System.arraycopy(x, (r * s.inW() + ox / s.factorW()) * c, y, first + ox * c, c);
                }
                for (int copy = 1; copy < s.factorH(); copy++) {
                    System.arraycopy(y, first, y, first + copy * outW * c, outW * c);
                }
            }
        });
    }

    private static void nearestGrad(Parallel p, float[] dx, float[] dy, UpsampleShape s) {
        int c = s.channels();
        int outW = s.inW() * s.factorW();
        Chunks.rows(p, s.batch() * s.inH(), outW * c * s.factorH(), (from, to) -> {
            Arrays.fill(dx, from * s.inW() * c, to * s.inW() * c, 0);
            for (int oy = from * s.factorH(); oy < to * s.factorH(); oy++) {
                for (int ox = 0; ox < outW; ox++) {
                    int d = (oy / s.factorH() * s.inW() + ox / s.factorW()) * c;
                    Lanes.add(dx, d, dx, d, dy, (oy * outW + ox) * c, c);
                }
            }
        });
    }

    private static void bilinear(Parallel p, float[] y, float[] x, UpsampleShape s) {
        int c = s.channels();
        int outH = s.inH() * s.factorH();
        int outW = s.inW() * s.factorW();
        Chunks.rows(p, s.batch() * outH, outW * c, (from, to) -> {
            Arrays.fill(y, from * outW * c, to * outW * c, 0);
            for (int r = from; r < to; r++) {
                float v = source(r % outH, s.factorH(), s.inH());
                int top = (r / outH * s.inH() + (int) v) * s.inW();
                int bottom = top + ((int) v + 1 < s.inH() ? s.inW() : 0);
                float fy = v - (int) v;
                for (int ox = 0; ox < outW; ox++) {
                    float h = source(ox, s.factorW(), s.inW());
                    int left = (int) h;
                    int right = Math.min(left + 1, s.inW() - 1);
                    float fx = h - left;
                    int d = (r * outW + ox) * c;
                    Lanes.axpy(y, d, (1 - fy) * (1 - fx), x, (top + left) * c, c);
                    Lanes.axpy(y, d, (1 - fy) * fx, x, (top + right) * c, c);
                    Lanes.axpy(y, d, fy * (1 - fx), x, (bottom + left) * c, c);
                    Lanes.axpy(y, d, fy * fx, x, (bottom + right) * c, c);
                }
            }
        });
    }

    private static void bilinearGrad(Parallel p, float[] dx, float[] dy, UpsampleShape s) {
        int c = s.channels();
        int outH = s.inH() * s.factorH();
        Chunks.rows(p, s.batch() * s.inH(), s.inW() * c * s.factorW() * s.factorH(), (from, to) -> {
            Arrays.fill(dx, from * s.inW() * c, to * s.inW() * c, 0);
            for (int r = from; r < to; r++) {
                int iy = r % s.inH();
                int last = Math.min(outH, (iy + 2) * s.factorH());
                for (int oy = Math.max(0, (iy - 1) * s.factorH()); oy < last; oy++) {
                    float weight = share(iy, source(oy, s.factorH(), s.inH()), s.inH());
                    if (weight != 0) {
                        addRow(
                                dx,
                                r * s.inW() * c,
                                dy,
                                (r / s.inH() * outH + oy) * s.inW() * s.factorW() * c,
                                weight,
                                s);
                    }
                }
            }
        });
    }

    private static void addRow(float[] dx, int row, float[] dy, int from, float weight, UpsampleShape s) {
        int c = s.channels();
        for (int ox = 0; ox < s.inW() * s.factorW(); ox++) {
            float h = source(ox, s.factorW(), s.inW());
            int left = (int) h;
            int right = Math.min(left + 1, s.inW() - 1);
            Lanes.axpy(dx, row + left * c, weight * (1 - (h - left)), dy, from + ox * c, c);
            Lanes.axpy(dx, row + right * c, weight * (h - left), dy, from + ox * c, c);
        }
    }

    /** Where output position {@code o} lies in the input. */
    private static float source(int o, int factor, int extent) {
        double at = (o + 0.5) / factor - 0.5;
        return (float) Math.max(0, Math.min(extent - 1, at));
    }

    /** The weight of input row {@code i} in an output row that lies at {@code at}. */
    private static float share(int i, float at, int extent) {
        int top = (int) at;
        int bottom = Math.min(top + 1, extent - 1);
        return (i == top ? 1 - (at - top) : 0) + (i == bottom ? at - top : 0);
    }
}
