package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FitTest {
    private static InputSlice slice(int rows, int columns, long seed) {
        Random random = new Random(seed);
        float[] grey = new float[rows * columns];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = random.nextInt(200);
        }
        return new InputSlice("s", "s", rows, columns, grey, OptionalDouble.empty(), OptionalDouble.empty(), null, "");
    }

    /** A network that marks pixels above 100 sees the same in tiles, padded or not, as in the whole slice. */
    @Test
    void tilesGiveWhatTheWholeGives() throws IOException {
        for (int[] size : new int[][] {{7, 9}, {16, 16}, {17, 40}, {33, 15}, {100, 3}, {1, 1}}) {
            InputSlice slice = slice(size[0], size[1], 1);
            byte[] mask = Fit.TILE.segment(slice, 16, 16, (rows, columns, grey) -> {
                assertThat(rows).isEqualTo(16);
                assertThat(columns).isEqualTo(16);
                return above(grey);
            });
            assertThat(mask).as("%d x %d", size[0], size[1]).isEqualTo(above(slice.grey()));
        }
    }

    /** In tiles such a network would look at the middle of each, and not at that of the slice. */
    @Test
    void ofALargeSliceTheMiddleCountsWhereTheNetworkLooksAtTheMiddle() throws IOException {
        InputSlice slice = slice(40, 50, 3);
        Fit.Known known = new Fit.Known(16, 16, null, true);
        byte[] mask = Fit.TILE.segment(slice, known, 1, (rows, columns, grey) -> above(grey));
        for (int i = 0; i < mask.length; i++) {
            int row = i / 50;
            int column = i % 50;
            boolean inside = row >= 12 && row < 28 && column >= 17 && column < 33;
            assertThat(mask[i]).isEqualTo((byte) (inside && slice.grey()[i] > 100 ? 1 : 0));
        }
    }

    @Test
    void resampledMasksHaveTheSlicesOwnPixels() throws IOException {
        float[] disk = new float[64 * 48];
        for (int i = 0; i < disk.length; i++) {
            int row = i / 48;
            double y = (row + 0.5) / 64 - 0.5;
            double x = (i % 48 + 0.5) / 48 - 0.4;
            disk[i] = Math.hypot(x, y) < 0.25 ? 200 : 0;
        }
        InputSlice slice =
                new InputSlice("s", "s", 64, 48, disk, OptionalDouble.empty(), OptionalDouble.empty(), null, "");
        for (int side : new int[] {20, 48, 200}) {
            byte[] mask = Fit.RESAMPLE.segment(slice, side, side, (rows, columns, grey) -> above(grey));
            int wrong = 0;
            int inside = 0;
            for (int i = 0; i < disk.length; i++) {
                inside += disk[i] > 100 ? 1 : 0;
                wrong += mask[i] == 1 != disk[i] > 100 ? 1 : 0;
            }
            assertThat(wrong).as("%d", side).isLessThan(side == 20 ? inside / 6 : inside / 20);
        }
    }

    @Test
    void resamplingKeepsLevelsAndRamps() {
        float[] ramp = {0, 1, 2, 3, 4, 5, 6, 7};
        assertThat(Fit.resample(ramp, 1, 8, 1, 4))
                .containsExactly(new float[] {0.714f, 2.5f, 4.5f, 6.286f}, within(1e-3f));
        assertThat(Fit.resample(ramp, 8, 1, 16, 1)[5]).isCloseTo(2.25f, within(1e-6f));
        assertThat(Fit.resample(new float[] {3, 3, 3, 3, 3, 3}, 2, 3, 5, 7)).containsOnly(3);
    }

    @Test
    void otherSizesAreNotTouchedUnlessItIsSaid() throws IOException {
        InputSlice slice = slice(7, 9, 2);
        assertThat(Fit.EXACT.segment(slice, 16, 16, (rows, columns, grey) -> new byte[] {(byte) rows, (byte) columns}))
                .containsExactly(7, 9);
        assertThat(Fit.TILE.segment(slice, 0, 0, (rows, columns, grey) -> above(grey)))
                .isEqualTo(above(slice.grey()));
    }

    private static byte[] above(float[] grey) {
        byte[] mask = new byte[grey.length];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (byte) (grey[i] > 100 ? 1 : 0);
        }
        return mask;
    }
}
