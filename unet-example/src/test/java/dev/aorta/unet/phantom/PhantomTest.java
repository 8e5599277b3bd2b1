package dev.aorta.unet.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PhantomTest {
    private static final long SEED = 11;
    private static final int SLICES = 60;

    @Test
    void aSliceDependsOnSeedAndNumberAlone() {
        Phantom.Slice first = Phantom.slice(SEED, 5);
        Phantom.slice(SEED, 6);
        assertThat(Phantom.slice(SEED, 5).image()).isEqualTo(first.image());
        assertThat(Phantom.slice(SEED, 5).label()).isEqualTo(first.label());
        assertThat(Phantom.slice(SEED, 6).image()).isNotEqualTo(first.image());
        assertThat(Phantom.slice(SEED + 1, 5).image()).isNotEqualTo(first.image());
    }

    @Test
    void everySliceShowsALeftVentricleAsBrightAndAsLargeAsInPatients() {
        double[] areas = new double[SLICES];
        double[] means = new double[SLICES];
        double[] medians = new double[SLICES];
        for (int i = 0; i < SLICES; i++) {
            Phantom.Slice slice = Phantom.slice(SEED, i);
            String number = "seed %d, slice %d".formatted(SEED, i);
            int[] inside = IntStream.range(0, slice.image().length)
                    .filter(p -> slice.label()[p] == 1)
                    .map(p -> slice.image()[p])
                    .toArray();
            assertThat(Arrays.stream(slice.image()).min().orElseThrow())
                    .as(number)
                    .isNotNegative();
            assertThat(Arrays.stream(slice.image()).max().orElseThrow())
                    .as(number)
                    .isBetween(150, 1800);
            assertThat(inside.length).as(number).isBetween(80, 5000);
            areas[i] = inside.length;
            means[i] = Arrays.stream(inside).average().orElseThrow();
            medians[i] = median(Arrays.stream(slice.image()).asDoubleStream().toArray());
        }
        // the 74 frames of four Sunnybrook patients have medians of 1,244 pixels, 189 and 26
        assertThat(median(areas)).isBetween(950.0, 1550.0);
        assertThat(median(means)).isBetween(140.0, 240.0);
        assertThat(median(medians)).isBetween(8.0, 45.0);
    }

    @Test
    void bloodIsBrighterThanTheWallAroundIt() {
        for (int i = 0; i < SLICES; i++) {
            Phantom.Slice slice = Phantom.slice(SEED, i);
            double inside = 0;
            double around = 0;
            int insideCount = 0;
            int aroundCount = 0;
            for (int p = 3 * Phantom.SIZE; p < slice.label().length - 3 * Phantom.SIZE; p++) {
                boolean near = slice.label()[p - 3] == 1
                        || slice.label()[p + 3] == 1
                        || slice.label()[p - 3 * Phantom.SIZE] == 1
                        || slice.label()[p + 3 * Phantom.SIZE] == 1;
                if (slice.label()[p] == 1) {
                    inside += slice.image()[p];
                    insideCount++;
                } else if (near) {
                    around += slice.image()[p];
                    aroundCount++;
                }
            }
            assertThat(inside / insideCount).as("seed %d, slice %d", SEED, i).isGreaterThan(1.3 * around / aroundCount);
        }
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return values[values.length / 2];
    }
}
