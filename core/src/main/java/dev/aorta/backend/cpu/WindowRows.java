package dev.aorta.backend.cpu;

import java.util.Arrays;

/**
 * The rows of an implicit im2col matrix: a grid of windows over an image, each window a list of taps, each tap a run of
 * neighbouring channels. Taps outside the image are zero.
 *
 * @param image source, (batch, h, w, channels)
 * @param channel first channel of a tap's run
 * @param run channels of a tap
 * @param tapY for each tap, its row relative to the window
 * @param tapX for each tap, its column relative to the window
 * @param gridH rows of windows in an image
 * @param gridW columns of windows in an image
 * @param stepY image rows between windows
 * @param stepX image columns between windows
 * @param target where the results go
 */
record WindowRows(
        float[] image,
        int batch,
        int h,
        int w,
        int channels,
        int channel,
        int run,
        int[] tapY,
        int[] tapX,
        int gridH,
        int gridW,
        int stepY,
        int stepX,
        Target target)
        implements Rows {

    /** The pixels of a result (batch, h, w, channels) that a grid of windows writes: every stepY-th row from y, and so on. */
    record Target(int h, int w, int channels, int y, int x, int channel, int stepY, int stepX) {}

    /** A plain matrix, and a result with {@code columns} columns. */
    static WindowRows dense(float[] matrix, int rows, int depth, int columns) {
        int[] here = {0};
        return new WindowRows(
                matrix,
                1,
                rows,
                1,
                depth,
                0,
                depth,
                here,
                here,
                rows,
                1,
                1,
                1,
                new Target(rows, 1, columns, 0, 0, 0, 1, 1));
    }

    @Override
    public int count() {
        return batch * gridH * gridW;
    }

    @Override
    public int depth() {
        return tapY.length * run;
    }

    @Override
    public void pack(float[] dst, int at, int row, int height, int k0, int k1) {
        int rows = Math.min(height, count() - row);
        if (rows < height) {
            Arrays.fill(dst, at, at + (k1 - k0) * height, 0);
        }
        for (int m = 0; m < rows; m++) {
            int r = row + m;
            int y0 = r / gridW % gridH * stepY;
            int x0 = r % gridW * stepX;
            int first = r / gridW / gridH * h;
            int out = at + m;
            for (int k = k0; k < k1; ) {
                int tap = k / run;
                int n = Math.min((tap + 1) * run, k1) - k;
                int y = y0 + tapY[tap];
                int x = x0 + tapX[tap];
                if (y >= 0 && y < h && x >= 0 && x < w) {
                    spread(dst, out, height, image, ((first + y) * w + x) * channels + channel + k - tap * run, n);
                } else {
                    clear(dst, out, height, n);
                }
                out += n * height;
                k += n;
            }
        }
    }

    private static void spread(float[] dst, int at, int step, float[] src, int from, int n) {
        for (int i = 0; i < n; i++) {
            dst[at + i * step] = src[from + i];
        }
    }

    private static void clear(float[] dst, int at, int step, int n) {
        for (int i = 0; i < n; i++) {
            dst[at + i * step] = 0;
        }
    }

    @Override
    public void places(int[] dst, int at, int row, int height) {
        for (int m = 0; m < height; m++) {
            int r = Math.min(row + m, count() - 1);
            int y = r / gridW / gridH * target.h + target.y + r / gridW % gridH * target.stepY;
            int x = target.x + r % gridW * target.stepX;
            dst[at + m] = (y * target.w + x) * target.channels + target.channel;
        }
    }
}
