package dev.aorta.unet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.aorta.unet.augment.Augmentation;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.imaging.SliceSchema;
import dev.aorta.unet.model.InputScaling;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatchDatasetTest {
    private static final int SIDE = 16;
    private static final long SEED = 11;

    @TempDir
    Path folder;

    @Test
    void patchesAreCutFromScaledSlicesAnewInEachEpoch() throws IOException {
        Path file = folder.resolve("slices");
        LabelledSlice empty =
                new LabelledSlice("empty", 64, 64, SliceFiles.disk(64, 2).image(), new byte[64 * 64]);
        SliceFolder.writeSlices(file, SliceSchema.B, 2, i -> i == 0 ? SliceFiles.disk(64, 1) : empty);
        try (SliceDataset slices = SliceDataset.open(file, 2)) {
            PatchDataset patches = dataset(slices, Augmentation.none());
            assertThat(patches.sampler().count(patches.size()))
                    .as("of two slices of 64 x 64")
                    .isEqualTo(32);
            int[] second = patches.sampler().order(patches.size(), 1);
            assertThat(Arrays.stream(second).sorted().toArray())
                    .isEqualTo(java.util.stream.IntStream.range(32, 64).toArray());
            assertThat(second).isNotEqualTo(Arrays.stream(second).sorted().toArray());

            int withForeground = 0;
            TreeSet<Integer> different = new TreeSet<>();
            for (int i = 0; i < patches.size(); i++) {
                float[] image = new float[SIDE * SIDE];
                float[] label = new float[SIDE * SIDE];
                patches.read(i, image, label);
                different.add(Arrays.hashCode(image));
                float[] again = new float[SIDE * SIDE];
                dataset(slices, Augmentation.none()).read(i, again, new float[SIDE * SIDE]);
                assertThat(again).as("patch %d, seed %d", i, SEED).isEqualTo(image);
                int marked = (int) Arrays.stream(toDoubles(label)).sum();
                withForeground += marked > 0 ? 1 : 0;
                if (i % 2 == 1) {
                    assertThat(marked).isZero();
                }
                for (int k = 0; k < image.length; k++) {
                    assertThat(label[k] == 0 || image[k] > 1)
                            .as("the disk is brighter than the slice")
                            .isTrue();
                }
            }
            assertThat(different).hasSize(64);
            assertThat(withForeground).as("of 32 of the slice with a disk").isBetween(20, 32);
        }
    }

    @Test
    void patchesLieInTheSquareInTheMiddle() throws IOException {
        Path file = folder.resolve("middle");
        int[] grey = new int[64 * 64];
        byte[] label = new byte[64 * 64];
        for (int i = 0; i < grey.length; i++) {
            boolean inside = i / 64 >= 20 && i / 64 < 44 && i % 64 >= 20 && i % 64 < 44;
            grey[i] = inside ? 100 : 0;
            label[i] = (byte) (i / 64 < 30 ? 1 : 0); // draws patches upwards, beyond the square
        }
        SliceFolder.writeSlices(file, SliceSchema.B, 1, i -> new LabelledSlice("s", 64, 64, grey, label));
        try (SliceDataset slices = SliceDataset.open(file, 2)) {
            PatchDataset patches =
                    new PatchDataset(slices, SIDE, 24, InputScaling.STANDARD, Augmentation.none(), SEED, 20);
            assertThat(patches.sampler().count(patches.size())).as("24² / 16²").isEqualTo(2);
            TreeSet<Integer> tops = new TreeSet<>();
            for (int i = 0; i < patches.size(); i++) {
                float[] image = new float[SIDE * SIDE];
                float[] marks = new float[SIDE * SIDE];
                patches.read(i, image, marks);
                for (float v : image) {
                    assertThat(v).as("patch %d, seed %d", i, SEED).isGreaterThan(0);
                }
                tops.add((int) Arrays.stream(toDoubles(marks)).sum());
            }
            assertThat(tops).as("rows of foreground in sight").hasSizeGreaterThan(3);
        }
    }

    @Test
    void smallSlicesArePaddedWithTheirDarkestPixel() throws IOException {
        Path file = folder.resolve("small");
        SliceFolder.writeSlices(
                file, SliceSchema.B, 1, i -> new LabelledSlice("s", 2, 2, new int[] {5, 5, 5, 9}, new byte[4]));
        try (SliceDataset slices = SliceDataset.open(file, 2)) {
            float[] image = new float[SIDE * SIDE];
            dataset(slices, Augmentation.none()).read(0, image, new float[SIDE * SIDE]);
            float[] scaled = {5, 5, 5, 9};
            InputScaling.STANDARD.apply(scaled);
            assertThat(image[0]).isCloseTo(scaled[0], within(1e-6f));
            assertThat(image[8 * SIDE + 8]).isCloseTo(scaled[3], within(1e-6f));
        }
    }

    private static PatchDataset dataset(SliceDataset slices, Augmentation augmentation) {
        return new PatchDataset(slices, SIDE, 0, InputScaling.STANDARD, augmentation, SEED, 2);
    }

    private static double[] toDoubles(float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return doubles;
    }
}
