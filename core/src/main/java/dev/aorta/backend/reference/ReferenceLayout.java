package dev.aorta.backend.reference;

import dev.aorta.backend.Placement;
import dev.aorta.backend.UpsampleShape;
import java.util.Arrays;

/** Kernels that move pixels: blocks, and enlargement by repeating or interpolating. */
final class ReferenceLayout {
    private ReferenceLayout() {}

    static void copyBlock(double[] dst, Placement to, double[] src, Placement from, int batch, int h, int w, int c) {
        for (int n = 0; n < batch; n++) {
            for (int y = 0; y < h; y++) {
                for (int x = 0; x < w; x++) {
                    System.arraycopy(src, index(from, n, y, x), dst, index(to, n, y, x), c);
                }
            }
        }
    }

    private static int index(Placement p, int n, int y, int x) {
        return ((n * p.h() + p.top() + y) * p.w() + p.left() + x) * p.c() + p.channel();
    }

    static void nearest(double[] y, double[] x, UpsampleShape s) {
        forEachNearest(s, (yAt, xAt, weight) -> y[yAt] = x[xAt]);
    }

    static void nearestGrad(double[] dx, double[] dy, UpsampleShape s) {
        Arrays.fill(dx, 0);
        forEachNearest(s, (yAt, xAt, weight) -> dx[xAt] += dy[yAt]);
    }

    static void bilinear(double[] y, double[] x, UpsampleShape s) {
        Arrays.fill(y, 0);
        forEachBilinear(s, (yAt, xAt, weight) -> y[yAt] += weight * x[xAt]);
    }

    static void bilinearGrad(double[] dx, double[] dy, UpsampleShape s) {
        Arrays.fill(dx, 0);
        forEachBilinear(s, (yAt, xAt, weight) -> dx[xAt] += weight * dy[yAt]);
    }

    /** One output element, one input element that it is made from, and that one's share. */
    private interface Share {
        void visit(int yAt, int xAt, double weight);
    }

    private static void forEachNearest(UpsampleShape s, Share share) {
        for (int oy = 0; oy < s.inH() * s.factorH(); oy++) {
            for (int ox = 0; ox < s.inW() * s.factorW(); ox++) {
                forEachChannel(s, oy, ox, oy / s.factorH(), ox / s.factorW(), 1, share);
            }
        }
    }

    private static void forEachBilinear(UpsampleShape s, Share share) {
        for (int oy = 0; oy < s.inH() * s.factorH(); oy++) {
            double py = position(oy, s.factorH(), s.inH());
            int top = (int) py;
            int bottom = Math.min(top + 1, s.inH() - 1);
            for (int ox = 0; ox < s.inW() * s.factorW(); ox++) {
                double px = position(ox, s.factorW(), s.inW());
                int left = (int) px;
                int right = Math.min(left + 1, s.inW() - 1);
                forEachChannel(s, oy, ox, top, left, (1 - py + top) * (1 - px + left), share);
                forEachChannel(s, oy, ox, top, right, (1 - py + top) * (px - left), share);
                forEachChannel(s, oy, ox, bottom, left, (py - top) * (1 - px + left), share);
                forEachChannel(s, oy, ox, bottom, right, (py - top) * (px - left), share);
            }
        }
    }

    /** Where the centre of output pixel {@code out} lies among the centres of {@code extent} input pixels. */
    private static double position(int out, int factor, int extent) {
        return Math.clamp((out + 0.5) / factor - 0.5, 0.0, extent - 1.0);
    }

    private static void forEachChannel(UpsampleShape s, int oy, int ox, int iy, int ix, double weight, Share share) {
        for (int n = 0; n < s.batch(); n++) {
            for (int c = 0; c < s.channels(); c++) {
                int yAt = ((n * s.inH() * s.factorH() + oy) * s.inW() * s.factorW() + ox) * s.channels() + c;
                int xAt = ((n * s.inH() + iy) * s.inW() + ix) * s.channels() + c;
                share.visit(yAt, xAt, weight);
            }
        }
    }
}
