package dev.aorta.backend.cpu.product;

import dev.aorta.backend.cpu.machine.Lanes;
import java.util.Arrays;

/**
 * The rows of an implicit im2col matrix: a grid of windows over an image, each window a list of taps, each tap a run of
 * neighbouring channels. Taps outside the image are zero.
 */
public final class WindowRows implements Rows {
    /** An image tensor and the run of channels that takes part. */
    public record Source(float[] data, int batch, int h, int w, int channels, int channel, int run) {}

    /** A grid of windows: rows and columns of windows in an image, and the pixels between them. */
    public record Grid(int h, int w, int stepY, int stepX) {}

    /** The pixels of a result (batch, h, w, channels) that a grid of windows writes: every stepY-th row from y, and so on. */
    public record Target(int h, int w, int channels, int y, int x, int channel, int stepY, int stepX) {}

    private final Source source;
    private final Grid grid;
    private final Target target;
    private final int[] tapY;
    private final int[] tapX;
    /** Runs that touch in memory, joined: for each, its first column of the matrix; one more for the end. */
    private final int[] joint;
    /** For each joined run, its offset from the first channel of the window's pixel. */
    private final int[] offset;

    private final int joints;

    /**
     * Windows on an image.
     *
     * @param tapY for each tap, its row relative to the window
     * @param tapX for each tap, its column relative to the window
     */
    public WindowRows(Source source, int[] tapY, int[] tapX, Grid grid, Target target) {
        this.source = source;
        this.tapY = tapY;
        this.tapX = tapX;
        this.grid = grid;
        this.target = target;
        joint = new int[tapY.length + 1];
        offset = new int[tapY.length];
        int n = 0;
        for (int t = 0; t < tapY.length; t++) {
            int at = (tapY[t] * source.w + tapX[t]) * source.channels + source.channel;
            if (n == 0 || at != offset[n - 1] + t * source.run - joint[n - 1]) {
                joint[n] = t * source.run;
                offset[n++] = at;
            }
        }
        joint[n] = depth();
        joints = n;
    }

    @Override
    public int count() {
        return source.batch * grid.h * grid.w;
    }

    @Override
    public int depth() {
        return tapY.length * source.run;
    }

    @Override
    public void pack(float[] dst, int row, int n, int k0, int k1) {
        int ox = row % grid.w;
        int oy = row / grid.w % grid.h;
        int image = row / grid.w / grid.h;
        for (int r = 0; r < n; r++) {
            packRow(dst, r * MicroKernel.ROW_STRIDE, image, oy * grid.stepY, ox * grid.stepX, k0, k1);
            if (++ox == grid.w) {
                ox = 0;
                if (++oy == grid.h) {
                    oy = 0;
                    image++;
                }
            }
        }
    }

    private void packRow(float[] dst, int at, int image, int y, int x, int k0, int k1) {
        int pixel = ((image * source.h + y) * source.w + x) * source.channels;
        if (isInside(y, x)) {
            int j = joints == 1 ? 0 : jointOf(k0);
            for (int k = k0; k < k1; j++) {
                int end = Math.min(joint[j + 1], k1);
                Lanes.copy(dst, at + k - k0, source.data, pixel + offset[j] + k - joint[j], end - k);
                k = end;
            }
        } else {
            for (int k = k0; k < k1; ) {
                int t = k / source.run;
                int end = Math.min((t + 1) * source.run, k1);
                int iy = y + tapY[t];
                int ix = x + tapX[t];
                if (iy >= 0 && iy < source.h && ix >= 0 && ix < source.w) {
                    int from = pixel + (tapY[t] * source.w + tapX[t]) * source.channels + source.channel;
                    Lanes.copy(dst, at + k - k0, source.data, from + k - t * source.run, end - k);
                } else {
                    Arrays.fill(dst, at + k - k0, at + end - k0, 0);
                }
                k = end;
            }
        }
    }

    private boolean isInside(int y, int x) {
        int last = tapY.length - 1;
        return last >= 0
                && y + tapY[0] >= 0
                && x + tapX[0] >= 0
                && y + tapY[last] < source.h
                && x + tapX[last] < source.w
                && y + tapY[last] >= 0
                && x + tapX[last] >= 0
                && y + tapY[0] < source.h
                && x + tapX[0] < source.w;
    }

    private int jointOf(int k) {
        int found = Arrays.binarySearch(joint, 0, joints, k);
        return found >= 0 ? found : -found - 2;
    }

    @Override
    public void places(int[] dst, int row, int n) {
        for (int r = 0; r < n; r++) {
            int at = row + r;
            int y = at / grid.w / grid.h * target.h + target.y + at / grid.w % grid.h * target.stepY;
            int x = target.x + at % grid.w * target.stepX;
            dst[r] = (y * target.w + x) * target.channels + target.channel;
        }
    }
}
