package dev.aorta.zoo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Interpolation beside PyTorch's formula, pixel by pixel. */
class BilinearTest {
    private static final long SEED = 4;

    @Test
    void everyPixelIsTheMeanOfItsFourNeighbours() {
        Random random = new Random(SEED);
        try (Device device = Device.reference();
                Scope run = Scope.noGrad()) {
            for (int i = 0; i < 60; i++) {
                boolean corners = i % 2 == 0;
                int h = random.nextInt(1, 6);
                int w = random.nextInt(1, 6);
                int toH = i % 3 == 0 ? 2 * h : random.nextInt(1, 14);
                int toW = i % 3 == 0 ? 2 * w : random.nextInt(1, 14);
                float[] pixels = new float[2 * h * w * 3];
                for (int p = 0; p < pixels.length; p++) {
                    pixels[p] = random.nextFloat();
                }
                Tensor x = Tensor.of(device, pixels, 2, h, w, 3);
                Tensor y = Bilinear.resize(x, toH, toW, corners);
                assertThat(y.shape().dims()).containsExactly(2, toH, toW, 3);
                for (int row = 0; row < toH; row++) {
                    for (int column = 0; column < toW; column++) {
                        double top = source(row, h, toH, corners);
                        double left = source(column, w, toW, corners);
                        assertThat(y.get(1, row, column, 2))
                                .as("seed %d, case %d, pixel %d %d", SEED, i, row, column)
                                .isCloseTo(mixed(x, top, left), within(1e-6));
                    }
                }
            }
        }
    }

    /** {@code area_pixel_compute_source_index} of PyTorch. */
    private static double source(int at, int from, int to, boolean corners) {
        if (corners) {
            return to > 1 ? at * (from - 1.0) / (to - 1) : 0;
        }
        return Math.max(0, (at + 0.5) * from / to - 0.5);
    }

    private static double mixed(Tensor x, double top, double left) {
        int row = (int) top;
        int column = (int) left;
        int below = Math.min(row + 1, x.shape().dim(1) - 1);
        int right = Math.min(column + 1, x.shape().dim(2) - 1);
        double v = top - row;
        double u = left - column;
        return (1 - v) * ((1 - u) * x.get(1, row, column, 2) + u * x.get(1, row, right, 2))
                + v * ((1 - u) * x.get(1, below, column, 2) + u * x.get(1, below, right, 2));
    }
}
