package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Enhanced MR images, whose functional groups say of each frame where and when it is. */
class EnhancedDicomTest {
    private static final int SIDE = 8;

    @TempDir
    Path folder;

    private static double radius(int slice, int phase) {
        return 2 + 0.3 * slice + 0.2 * phase;
    }

    @Test
    void theStackIsThatOfTheSameClassicImages() throws IOException {
        Path file = folder.resolve("cine.dcm");
        EnhancedDicom.writeCine(file, 3, 4, SIDE, EnhancedDicomTest::radius);
        Path classic = folder.resolve("classic");
        SliceFiles.writeCine(classic, 3, 4, SIDE, EnhancedDicomTest::radius);
        CineStack expected = CineStack.read(classic, OptionalInt.empty());
        CineStack stack = CineStack.read(file, OptionalInt.empty());
        assertThat(stack.places()).isEqualTo(expected.places()).containsExactly(0, 8, 16);
        assertThat(stack.times()).isEqualTo(expected.times()).containsExactly(0, 40, 80, 120);
        assertThat(stack.rowSpacing()).isEqualTo(1.25);
        assertThat(stack.columnSpacing()).isEqualTo(1.5);
        assertThat(stack.thickness()).isEqualTo(8.5);
        assertThat(stack.right()).isEqualTo(expected.right());
        assertThat(stack.notes()).isEmpty();
        for (int slice = 0; slice < 3; slice++) {
            for (int phase = 0; phase < 4; phase++) {
                assertThat(stack.picture(slice, phase).grey())
                        .as("slice %d, phase %d", slice, phase)
                        .isEqualTo(expected.picture(slice, phase).grey());
            }
        }
    }

    @Test
    void everyFrameIsASliceWithItsOwnPixels() throws IOException {
        Path file = folder.resolve("cine.dcm");
        EnhancedDicom.writeCine(file, 2, 2, SIDE, EnhancedDicomTest::radius);
        List<InputSlice> slices = new ArrayList<>();
        InputSlice.read(file, null, slices::add);
        assertThat(slices).hasSize(4).allSatisfy(s -> assertThat(s.spacing()).isEqualTo(new PixelSpacing(1.25, 1.5)));
    }

    @Test
    void oddFormsAreOneClearError() throws IOException {
        refused(
                EnhancedDicom.cine(2, 2, SIDE, false),
                " frame 0: its functional groups do not say where it lies and how it is turned");
        refused(
                EnhancedDicom.cine(2, 2, SIDE, true).without(0x52009230),
                ": an image of several frames without functional groups (5200,9230) that say where each lies");
        refused(
                EnhancedDicom.cine(2, 2, SIDE, true)
                        .text(0x00280008, "IS", "3")
                        .value(0x7FE00010, "OW", new byte[3 * 2 * SIDE * SIDE]),
                "the functional groups (5200,9230) are of more than 3 frames, and the image has 3");
        refused(EnhancedDicom.cine(2, 1, SIDE, true).without(0x52009229), " frame ");
        DicomFile strange = EnhancedDicom.cine(2, 2, SIDE, true).value(0x00091001, "SQ", new byte[0]);
        assertThat(CineStack.read(write(strange), OptionalInt.empty()).slices())
                .as("a private group")
                .isEqualTo(2);
    }

    private void refused(DicomFile file, String why) throws IOException {
        Path written = write(file);
        assertThatThrownBy(() -> CineStack.read(written, OptionalInt.empty()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(written.toString())
                .hasMessageContaining(why);
    }

    private Path write(DicomFile file) throws IOException {
        return Files.write(folder.resolve("odd.dcm"), file.bytes());
    }
}
