package dev.aorta.unet.monitor;

import java.util.Arrays;
import java.util.Map;

/** What an image says of itself before any network has seen it. */
final class GreyLevels {
    private GreyLevels() {}

    /**
     * Its features.
     *
     * @param grey levels as stored by the scanner, (rows, columns)
     */
    static Map<Feature, Double> of(float[] grey, int rows, int columns) {
        double sum = 0;
        for (float v : grey) {
            sum += v;
        }
        double mean = sum / grey.length;
        double squares = 0;
        for (float v : grey) {
            squares += (v - mean) * (v - mean);
        }
        float[] sorted = grey.clone();
        Arrays.sort(sorted);
        double dark = sorted[(int) (0.95 * (sorted.length - 1))] / 20;
        int below = 0;
        while (below < sorted.length && sorted[below] < dark) {
            below++;
        }
        return Map.of(
                Feature.MEAN,
                mean,
                Feature.DEVIATION,
                Math.sqrt(squares / grey.length),
                Feature.DARK,
                (double) below / grey.length,
                Feature.NOISE,
                noise(grey, rows, columns));
    }

    /**
     * Standard deviation of the noise: the mean size of the difference of two Laplacians, which structures hardly touch.
     *
     * @return 0 for less than 3 rows or columns
     * @see <a href="https://doi.org/10.1006/cviu.1996.0060">Immerkær 1996: Fast noise variance estimation</a>
     */
    static double noise(float[] grey, int rows, int columns) {
        double sum = 0;
        for (int r = 1; r < rows - 1; r++) {
            for (int c = 1; c < columns - 1; c++) {
                int i = r * columns + c;
                sum += Math.abs(row(grey, i - columns) - 2 * row(grey, i) + row(grey, i + columns));
            }
        }
        int inner = Math.max(0, rows - 2) * Math.max(0, columns - 2);
        return inner == 0 ? 0 : Math.sqrt(Math.PI / 2) * sum / (6.0 * inner);
    }

    private static double row(float[] grey, int i) {
        return (double) grey[i - 1] - 2.0 * grey[i] + grey[i + 1];
    }
}
