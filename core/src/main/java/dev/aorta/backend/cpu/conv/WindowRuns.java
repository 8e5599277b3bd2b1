package dev.aorta.backend.cpu.conv;

import dev.aorta.backend.ConvShape;
import dev.aorta.backend.cpu.element.Reduce;
import dev.aorta.backend.cpu.machine.Gradient;
import dev.aorta.backend.cpu.machine.Lanes;
import dev.aorta.backend.cpu.machine.Scratch;
import dev.aorta.backend.cpu.machine.Scratch.Slot;
import dev.aorta.backend.cpu.machine.Tuning;
import dev.aorta.backend.cpu.machine.WayOut;
import dev.aorta.backend.cpu.machine.Workspace;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Convolution to a few channels with large windows, such as the 31 x 31 kernel that upsamples by 16. A row of a window is one run
 * of memory in x and in w, so each pass is made of sums of products of two runs; what lies outside the image is cut off.
 */
final class WindowRuns {
    private final ConvShape s;
    /** Floats of a row of a window. */
    private final int run;

    private WindowRuns(ConvShape s) {
        this.s = s;
        run = s.kW() * s.inC();
    }

    /** Whether this class can compute a convolution. */
    static boolean computes(ConvShape s) {
        return s.groups() == 1 && s.dilationH() == 1 && s.dilationW() == 1;
    }

    static boolean isFastest(ConvShape s) {
        return s.outC() <= Tuning.FEW_OUTPUTS && s.kW() * s.inC() >= Tuning.WINDOW_RUN;
    }

    /** As {@link ConvKernels.Forward}. */
    static void forward(
            Workspace ws, float[] y, float[] x, float[] w, float @Nullable [] bias, WayOut out, ConvShape s) {
        WindowRuns r = new WindowRuns(s);
        ws.parallel().run(s.batch() * s.outH(), row -> {
            for (int ox = 0; ox < s.outW(); ox++) {
                int from = r.from(ox);
                int n = r.to(ox) - from;
                for (int o = 0; o < s.outC(); o++) {
                    float sum = bias == null ? 0 : bias[o];
                    for (int ky = r.firstTap(row % s.outH()); ky < r.lastTap(row % s.outH()); ky++) {
                        sum += Lanes.dot(x, r.inX(row, ky, ox) + from, w, (o * s.kH() + ky) * r.run + from, n);
                    }
                    y[(row * s.outW() + ox) * s.outC() + o] = Math.max(sum, out.low());
                }
            }
            int length = s.outW() * s.outC();
            out.stored(y, row * length, 1, 0, length);
        });
    }

    /** The gradient for x of {@link dev.aorta.backend.Backend#conv2dGrad}, plus the bias where there is one. */
    static void gradInput(Workspace ws, float[] dx, Gradient dy, float[] w, float @Nullable [] bias, ConvShape s) {
        WindowRuns r = new WindowRuns(s);
        int length = s.inW() * s.inC();
        ws.parallel().run(s.batch() * s.inH(), inRow -> {
            if (bias == null) {
                Arrays.fill(dx, inRow * length, (inRow + 1) * length, 0);
            } else {
                for (int i = 0; i < length; i++) {
                    dx[inRow * length + i] = bias[i % s.inC()];
                }
            }
            int fromTop = inRow % s.inH() + s.padTop();
            for (int ky = fromTop % s.strideH(); ky < s.kH() && ky <= fromTop; ky += s.strideH()) {
                int oy = (fromTop - ky) / s.strideH();
                if (oy < s.outH()) {
                    r.addRow(dx, dy, w, inRow / s.inH() * s.outH() + oy, ky);
                }
            }
        });
    }

    /** Adds to a row of dx what flows back through one row of the windows. */
    private void addRow(float[] dx, Gradient dy, float[] w, int row, int ky) {
        for (int ox = 0; ox < s.outW(); ox++) {
            int from = from(ox);
            for (int o = 0; o < s.outC(); o++) {
                float g = dy.at((row * s.outW() + ox) * s.outC() + o);
                Lanes.axpy(dx, inX(row, ky, ox) + from, g, w, (o * s.kH() + ky) * run + from, to(ox) - from);
            }
        }
    }

    /** The gradients for w and b of {@link dev.aorta.backend.Backend#conv2dGrad}. */
    static void gradWeight(Workspace ws, float[] dw, float @Nullable [] db, Gradient dy, float[] x, ConvShape s) {
        WindowRuns r = new WindowRuns(s);
        ws.parallel().run(s.outC() * s.kH(), i -> {
            int o = i / s.kH();
            int ky = i % s.kH();
            float[] sums = Scratch.floats(Slot.TASK_A, r.run);
            Arrays.fill(sums, 0, r.run, 0);
            for (int row = 0; row < s.batch() * s.outH(); row++) {
                if (ky >= r.firstTap(row % s.outH()) && ky < r.lastTap(row % s.outH())) {
                    for (int ox = 0; ox < s.outW(); ox++) {
                        int from = r.from(ox);
                        float g = dy.at((row * s.outW() + ox) * s.outC() + o);
                        Lanes.axpy(sums, from, g, x, r.inX(row, ky, ox) + from, r.to(ox) - from);
                    }
                }
            }
            System.arraycopy(sums, 0, dw, i * r.run, r.run);
        });
        if (db != null) {
            Reduce.biasGrad(ws.parallel(), db, dy.dy(), dy.mask(), s.output().rows(), s.outC());
        }
    }

    /** The first row of the window of output row oy that lies in the image. */
    private int firstTap(int oy) {
        return Math.max(0, s.padTop() - oy * s.strideH());
    }

    private int lastTap(int oy) {
        return Math.min(s.kH(), s.inH() + s.padTop() - oy * s.strideH());
    }

    /** The first float of a run of output column ox that lies in the image. */
    private int from(int ox) {
        return Math.max(0, s.padLeft() - ox * s.strideW()) * s.inC();
    }

    private int to(int ox) {
        return Math.max(from(ox), Math.min(s.kW(), s.inW() + s.padLeft() - ox * s.strideW()) * s.inC());
    }

    /** Where row ky of a window begins in x; row is counted over all images of y. */
    private int inX(int row, int ky, int ox) {
        int y = row / s.outH() * s.inH() + row % s.outH() * s.strideH() - s.padTop() + ky;
        return (y * s.inW() + ox * s.strideW() - s.padLeft()) * s.inC();
    }
}
