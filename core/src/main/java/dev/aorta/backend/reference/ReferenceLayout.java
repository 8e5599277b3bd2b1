package dev.aorta.backend.reference;

import dev.aorta.backend.GatherShape;
import dev.aorta.backend.Strided;
import dev.aorta.backend.UpsampleShape;
import java.util.Arrays;

/** Kernels that move elements: strided copies, picked slices, and enlargement by repeating or interpolating. */
final class ReferenceLayout {
    private ReferenceLayout() {}

    static void copy(double[] dst, double[] src, Strided s) {
        for (int i = 0; i < s.size(); i++) {
            int d = s.dstAt();
            int from = s.srcAt();
            int rest = i;
            for (int axis = s.extents().length - 1; axis >= 0; axis--) {
                int at = rest % s.extents()[axis];
                d += at * s.dstSteps()[axis];
                from += at * s.srcSteps()[axis];
                rest /= s.extents()[axis];
            }
            dst[d] = src[from];
        }
    }

    /** An element of the picked slices and the one that it comes from. */
    interface Gathered {
        void visit(int yAt, int xAt);
    }

    static void forEachGathered(double[] index, GatherShape s, Gathered gathered) {
        for (int o = 0; o < s.outer(); o++) {
            for (int j = 0; j < s.count(); j++) {
                for (int i = 0; i < s.inner(); i++) {
                    int slice = (int) index[j];
                    gathered.visit((o * s.count() + j) * s.inner() + i, (o * s.length() + slice) * s.inner() + i);
                }
            }
        }
    }

    static void upsample(double[] y, double[] x, UpsampleShape s) {
        Arrays.fill(y, 0);
        forEachShare(s, (yAt, xAt, weight) -> y[yAt] += weight * x[xAt]);
    }

    static void upsampleGrad(double[] dx, double[] dy, UpsampleShape s) {
        Arrays.fill(dx, 0);
        forEachShare(s, (yAt, xAt, weight) -> dx[xAt] += weight * dy[yAt]);
    }

    private static void forEachShare(UpsampleShape s, Share share) {
        if (s.bilinear()) {
            forEachBilinear(s, share);
        } else {
            forEachNearest(s, share);
        }
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
