package dev.aorta.unet.monitor;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The squared maximum mean discrepancy of two sets of embeddings, without bias, under the kernel exp(−d² / m): d the distance of two
 * embeddings whose channels are standardised, m the median of d² over all pairs. Mean, deviation and median are those of the pooled
 * images, so that a permutation leaves the kernel as it is.
 *
 * @see <a href="https://jmlr.org/papers/v13/gretton12a.html">Gretton et al. 2012: A kernel two-sample test</a>
 */
final class MeanDiscrepancy implements Statistic {
    private final float[][] kernel; // 0 on the diagonal
    private final double[] sums; // of the kernel's rows
    private final double total;

    MeanDiscrepancy(List<float[]> pooled) {
        int n = pooled.size();
        float[][] standard = standardised(pooled);
        kernel = new float[n][n];
        float[] squares = new float[n * (n - 1) / 2];
        int pair = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                double square = 0;
                for (int k = 0; k < standard[i].length; k++) {
                    double d = standard[i][k] - standard[j][k];
                    square += d * d;
                }
                kernel[i][j] = (float) square;
                squares[pair++] = (float) square;
            }
        }
        Arrays.sort(squares);
        double median = squares.length == 0 ? 1 : Math.max(squares[squares.length / 2], Float.MIN_NORMAL);
        sums = new double[n];
        double all = 0;
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < i; j++) {
                float k = (float) Math.exp(-kernel[i][j] / median);
                kernel[i][j] = k;
                kernel[j][i] = k;
                sums[i] += k;
                sums[j] += k;
                all += 2.0 * k;
            }
        }
        total = all;
    }

    private static float[][] standardised(List<float[]> pooled) {
        int channels = pooled.getFirst().length;
        float[][] standard = new float[pooled.size()][channels];
        for (int c = 0; c < channels; c++) {
            double sum = 0;
            double squares = 0;
            for (float[] e : pooled) {
                sum += e[c];
                squares += (double) e[c] * e[c];
            }
            double mean = sum / pooled.size();
            double deviation = Math.sqrt(Math.max(0, squares / pooled.size() - mean * mean));
            for (int i = 0; i < standard.length && deviation > 0; i++) {
                standard[i][c] = (float) ((pooled.get(i)[c] - mean) / deviation);
            }
        }
        return standard;
    }

    @Override
    public double of(int[] chosen) {
        int[] images = 2 * chosen.length <= sums.length ? chosen : others(chosen);
        int few = images.length;
        int many = sums.length - few;
        if (few < 2) {
            return 0;
        }
        double rows = 0;
        for (int image : images) {
            rows += sums[image];
        }
        double within = 0; // of each pair once
        for (int i = 1; i < few; i++) {
            float[] row = kernel[images[i]];
            for (int j = 0; j < i; j++) {
                within += row[images[j]];
            }
        }
        double across = rows - 2 * within;
        double others = total - 2 * within - 2 * across;
        return 2 * within / ((double) few * (few - 1))
                + others / ((double) many * (many - 1))
                - 2 * across / ((double) few * many);
    }

    private int[] others(int[] chosen) {
        BitSet others = new BitSet();
        others.set(0, sums.length);
        for (int image : chosen) {
            others.clear(image);
        }
        return others.stream().toArray();
    }
}
