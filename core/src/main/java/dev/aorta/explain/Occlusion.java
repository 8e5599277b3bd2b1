package dev.aorta.explain;

import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.nn.Layer;
import java.util.Arrays;

/**
 * By how much a score falls when a window of the image is covered; of a pixel, the mean over the windows that cover it. It needs no
 * gradient.
 *
 * @see <a href="https://arxiv.org/abs/1311.2901">Zeiler and Fergus 2014: Visualizing and understanding convolutional networks</a>
 */
public final class Occlusion {
    private Occlusion() {}

    /**
     * The map.
     *
     * @param network any
     * @param x images (N, H, W, C)
     * @param target what is explained
     * @param window side of the square window, pixels, 1 to the smaller side of the image
     * @param stride from one window to the next, pixels, 1 to {@code window}
     * @param fill what covers
     * @return (N, H, W)
     */
    public static Values map(Layer network, Tensor x, Target target, int window, int stride, float fill) {
        Shape s = x.shape();
        if (s.rank() != 4) {
            throw new ShapeException("occlusion", "needs images (N, H, W, C), got " + s);
        }
        int rows = s.dim(1);
        int columns = s.dim(2);
        if (stride < 1 || window < stride || window > Math.min(rows, columns)) {
            throw new IllegalArgumentException("[occlusion] needs 1 <= stride <= window <= " + Math.min(rows, columns)
                    + ", got a stride of " + stride + " and a window of " + window);
        }
        float[] whole = InputGradient.scores(network, x, target);
        float[] image = x.toArray();
        double[] sum = new double[s.dim(0) * rows * columns];
        int[] covered = new int[rows * columns];
        for (int top = 0; top < rows; top = next(top, stride, rows - window)) {
            for (int left = 0; left < columns; left = next(left, stride, columns - window)) {
                float[] scores = InputGradient.scores(network, covered(x, image, top, left, window, fill), target);
                for (int i = 0; i < window * window; i++) {
                    int pixel = (top + i / window) * columns + left + i % window;
                    covered[pixel]++;
                    for (int n = 0; n < scores.length; n++) {
                        sum[n * rows * columns + pixel] += whole[n] - scores[n];
                    }
                }
            }
        }
        float[] map = new float[sum.length];
        for (int i = 0; i < map.length; i++) {
            map[i] = (float) (sum[i] / covered[i % covered.length]);
        }
        return new Values(map, Shape.of(s.dim(0), rows, columns));
    }

    /** Where the next window begins; the last one ends with the image, and nothing comes after it. */
    private static int next(int at, int stride, int last) {
        return at == last ? Integer.MAX_VALUE : Math.min(at + stride, last);
    }

    private static Tensor covered(Tensor x, float[] image, int top, int left, int window, float fill) {
        Shape s = x.shape();
        float[] covered = image.clone();
        for (int n = 0; n < s.dim(0); n++) {
            for (int row = top; row < top + window; row++) {
                int from = ((n * s.dim(1) + row) * s.dim(2) + left) * s.dim(3);
                Arrays.fill(covered, from, from + window * s.dim(3), fill);
            }
        }
        return Tensor.of(x.device(), covered, s.dims());
    }
}
