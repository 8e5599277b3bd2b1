package dev.aorta.backend.reference;

import dev.aorta.backend.PoolShape;
import java.util.Arrays;

/** Pooling: every kernel looks at each window once, through {@link Window}. */
final class ReferencePool {
    private ReferencePool() {}

    static void max(double[] y, double[] x, PoolShape s) {
        forEachWindow(s, (yAt, window) -> y[yAt] = x[winner(x, window)]);
    }

    static void maxGrad(double[] dx, double[] dy, double[] x, PoolShape s) {
        Arrays.fill(dx, 0);
        forEachWindow(s, (yAt, window) -> dx[winner(x, window)] += dy[yAt]);
    }

    static void average(double[] y, double[] x, PoolShape s) {
        forEachWindow(s, (yAt, window) -> {
            double sum = 0;
            for (int i : window) {
                sum += x[i];
            }
            y[yAt] = sum / window.length;
        });
    }

    static void averageGrad(double[] dx, double[] dy, PoolShape s) {
        Arrays.fill(dx, 0);
        forEachWindow(s, (yAt, window) -> {
            for (int i : window) {
                dx[i] += dy[yAt] / window.length;
            }
        });
    }

    private static int winner(double[] x, int[] window) {
        int best = window[0];
        for (int i : window) {
            if (x[i] > x[best] || Double.isNaN(x[i]) && !Double.isNaN(x[best])) {
                best = i;
            }
        }
        return best;
    }

    /** One output element and the input elements of its window that lie in the image, in row-major order. */
    private interface Window {
        void visit(int yAt, int[] window);
    }

    private static void forEachWindow(PoolShape s, Window visitor) {
        for (int n = 0; n < s.batch(); n++) {
            for (int oy = 0; oy < s.outH(); oy++) {
                for (int ox = 0; ox < s.outW(); ox++) {
                    int top = oy * s.strideH() - s.padTop();
                    int left = ox * s.strideW() - s.padLeft();
                    int firstRow = Math.max(top, 0);
                    int firstColumn = Math.max(left, 0);
                    int height = Math.min(top + s.kH(), s.inH()) - firstRow;
                    int width = Math.min(left + s.kW(), s.inW()) - firstColumn;
                    for (int c = 0; c < s.channels(); c++) {
                        int[] window = new int[height * width];
                        for (int i = 0; i < window.length; i++) {
                            int iy = firstRow + i / width;
                            int ix = firstColumn + i % width;
                            window[i] = ((n * s.inH() + iy) * s.inW() + ix) * s.channels() + c;
                        }
                        visitor.visit(((n * s.outH() + oy) * s.outW() + ox) * s.channels() + c, window);
                    }
                }
            }
        }
    }
}
