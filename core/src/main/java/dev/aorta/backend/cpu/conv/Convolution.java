package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Packing;
import dev.aorta.backend.cpu.machine.Parallel;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import dev.aorta.backend.cpu.product.Product;
import dev.aorta.backend.cpu.product.Weights;
import dev.aorta.backend.cpu.product.WindowRows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Convolution as a product whose left operand is gathered from the image while it is packed. */
final class Convolution {
    private Convolution() {}

    /** As {@link ConvKernels.Forward}. */
    static void forward(
            Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s) {
        int taps = s.kH() * s.kW();
        int run = s.inC() / s.groups();
        int columns = s.outC() / s.groups();
        int[] tapY = new int[taps];
        int[] tapX = new int[taps];
        int[] tapAt = new int[taps];
        for (int t = 0; t < taps; t++) {
            tapY[t] = t / s.kW() * s.dilationH() - s.padTop();
            tapX[t] = t % s.kW() * s.dilationW() - s.padLeft();
            tapAt[t] = t * run;
        }
        Workspace own = s.groups() == 1 ? ws : ws.with(Packing.ANEW);
        each(ws.parallel(), s.groups(), g -> {
            WindowRows windows = new WindowRows(
                    new WindowRows.Source(x, s.batch(), s.inH(), s.inW(), s.inC(), g * run, run),
                    tapY,
                    tapX,
                    new WindowRows.Grid(s.outH(), s.outW(), s.strideH(), s.strideW()),
                    new WindowRows.Target(s.outH(), s.outW(), s.outC(), 0, 0, g * columns, 1, 1));
            Weights weights = new Weights(w, g * columns * taps * run, tapAt, run, 1, taps * run, 0);
            Product.run(
                    own,
                    y,
                    windows,
                    weights,
                    Packing.Layout.of("windows", s),
                    new int[1],
                    columns,
                    ofGroup(bias, g, columns),
                    out);
        });
    }

    /** Many products are shared among the threads as wholes, few one after the other, each by all threads. */
    private static void each(Parallel p, int products, Parallel.Task product) {
        if (products >= Tuning.TASKS) {
            p.run(products, product);
        } else {
            for (int i = 0; i < products; i++) {
                product.run(i);
            }
        }
    }

    /** The gradient for x of {@link dev.aorta.backend.Backend#conv2dGrad}, plus the bias where there is one. */
    static void gradInput(Workspace ws, float[] dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s) {
        dy.cut(ws, gradient -> gradInput(ws, dx, gradient, w, bias, s));
    }

    private static void gradInput(
            Workspace ws, float[] dx, float[] dy, float[] w, float @Nullable [] bias, ConvShape s) {
        Workspace anew = ws.with(Packing.ANEW);
        int across = Math.min(s.strideW(), s.inW());
        int phases = tilesInput(s) ? 1 : Math.min(s.strideH(), s.inH()) * across;
        each(ws.parallel(), s.groups() * phases, i -> {
            int g = i / phases;
            float @Nullable [] groupBias = ofGroup(bias, g, s.inC() / s.groups());
            if (tilesInput(s)) {
                gradOfTiles(s.groups() == 1 ? ws : anew, dx, dy, w, groupBias, s, g);
            } else {
                gradOfPhase(anew, dx, dy, w, groupBias, s, g, i % phases / across, i % phases % across);
            }
        });
    }

    /** Whether the windows cover the input without gap, overlap and padding. */
    static boolean tilesInput(ConvShape s) {
        return s.kH() == s.strideH()
                && s.kW() == s.strideW()
                && s.dilationH() == 1
                && s.dilationW() == 1
                && s.padTop() == 0
                && s.padLeft() == 0
                && s.outH() * s.strideH() == s.inH()
                && s.outW() * s.strideW() == s.inW();
    }

    /** Each tap writes pixels of its own: one product whose column segments are the taps. */
    private static void gradOfTiles(
            Workspace ws, float[] dx, float[] dy, float[] w, float @Nullable [] bias, ConvShape s, int g) {
        int taps = s.kH() * s.kW();
        int run = s.outC() / s.groups();
        int columns = s.inC() / s.groups();
        int[] here = {0};
        int[] places = new int[taps];
        for (int t = 0; t < taps; t++) {
            places[t] = (t / s.kW() * s.inW() + t % s.kW()) * s.inC();
        }
        WindowRows windows = new WindowRows(
                new WindowRows.Source(dy, s.batch(), s.outH(), s.outW(), s.outC(), g * run, run),
                here,
                here,
                new WindowRows.Grid(s.outH(), s.outW(), 1, 1),
                new WindowRows.Target(s.inH(), s.inW(), s.inC(), 0, 0, g * columns, s.strideH(), s.strideW()));
        Weights weights = new Weights(w, g * run * taps * columns, here, run, taps * columns, 1, columns);
        Product.run(ws, dx, windows, weights, Packing.Layout.of("tiles", s), places, columns, bias, WayOut.PLAIN);
    }

    /**
     * The input pixels at {@code (y + j * strideH, x + i * strideW)}: they all see the same taps, at distance 1 in dy, so for
     * them the gradient is a convolution of stride 1. Taps are listed from the last, which is the first in dy.
     */
    private static void gradOfPhase(
            Workspace ws,
            float[] dx,
            float[] dy,
            float[] w,
            float @Nullable [] bias,
            ConvShape s,
            int g,
            int y,
            int x) {
        int run = s.outC() / s.groups();
        int columns = s.inC() / s.groups();
        int[] tapRows = tapsOf(y + s.padTop(), s.kH(), s.dilationH(), s.strideH());
        int[] tapColumns = tapsOf(x + s.padLeft(), s.kW(), s.dilationW(), s.strideW());
        int[] tapY = new int[tapRows.length * tapColumns.length];
        int[] tapX = new int[tapY.length];
        int[] tapAt = new int[tapY.length];
        int n = 0;
        for (int ky : tapRows) {
            for (int kx : tapColumns) {
                tapY[n] = (y + s.padTop() - ky * s.dilationH()) / s.strideH();
                tapX[n] = (x + s.padLeft() - kx * s.dilationW()) / s.strideW();
                tapAt[n++] = (ky * s.kW() + kx) * columns;
            }
        }
        WindowRows windows = new WindowRows(
                new WindowRows.Source(dy, s.batch(), s.outH(), s.outW(), s.outC(), g * run, run),
                tapY,
                tapX,
                new WindowRows.Grid(
                        Math.ceilDiv(s.inH() - y, s.strideH()), Math.ceilDiv(s.inW() - x, s.strideW()), 1, 1),
                new WindowRows.Target(s.inH(), s.inW(), s.inC(), y, x, g * columns, s.strideH(), s.strideW()));
        Weights weights =
                new Weights(w, g * run * s.kH() * s.kW() * columns, tapAt, run, s.kH() * s.kW() * columns, 1, 0);
        Product.run(ws, dx, windows, weights, Packing.Layout.of("phase", s), new int[1], columns, bias, WayOut.PLAIN);
    }

    /** Those of k taps, the last first, that lie a multiple of the stride before {@code at}. */
    private static int[] tapsOf(int at, int k, int dilation, int stride) {
        int[] taps = new int[k];
        int n = 0;
        for (int i = k - 1; i >= 0; i--) {
            if ((at - i * dilation) % stride == 0) {
                taps[n++] = i;
            }
        }
        return Arrays.copyOf(taps, n);
    }

    private static float @Nullable [] ofGroup(float @Nullable [] bias, int group, int channels) {
        return bias == null || bias.length == channels
                ? bias
                : Arrays.copyOfRange(bias, group * channels, (group + 1) * channels);
    }
}
