package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CineStackTest {
    @TempDir
    Path folder;

    @BeforeEach
    void cine() throws IOException {
        SliceFiles.writeCine(folder, 4, 3, 8, (slice, phase) -> slice == phase ? 3 : 0);
    }

    private CineStack read() throws IOException {
        return CineStack.read(folder, OptionalInt.empty());
    }

    @Test
    void sortsByPlaceAndTime() throws Exception {
        CineStack stack = read();
        assertThat(stack.places()).containsExactly(0, 8, 16, 24);
        assertThat(stack.times()).containsExactly(0, 40, 80);
        assertThat(stack.pixelArea()).isCloseTo(1.25 * 1.5, within(1e-12));
        assertThat(stack.patient()).isEqualTo("P1");
        assertThat(stack.picture(1, 2).withLabel(null).patient())
                .as("whose slice it is, also with another mask")
                .isEqualTo("P1");
        assertThat(stack.isPlacedDicom()).isTrue();
        assertThat(stack.notes()).isEmpty();
        for (int slice = 0; slice < 4; slice++) {
            for (int phase = 0; phase < 3; phase++) {
                float middle = stack.picture(slice, phase).grey()[4 * 8 + 4];
                assertThat(middle >= 600).isEqualTo(slice == phase);
            }
        }
    }

    @Test
    void slicesWithOtherPhasesGiveTheNearest() throws Exception {
        put(1, 1, 99, f -> f.text(0x00181060, "DS", "41"));
        CineStack stack = read();
        assertThat(stack.phases()).isEqualTo(3);
        assertThat(stack.frames().get(1))
                .extracting(f -> f.header().triggerTime().getAsDouble())
                .containsExactly(0.0, 40.0, 80.0);
        assertThat(stack.notes()).singleElement().asString().contains("has 4 phases and most have 3");
    }

    @Test
    void missingSlicesAreNotedAndTwoPlacesOfOneKindRefused() throws Exception {
        for (int phase = 0; phase < 3; phase++) {
            Files.delete(folder.resolve("%08x.dcm".formatted((1 * 3 + phase + 1) * 0x9E3779B1)));
            put(4, phase, 50 + phase, f -> f);
        }
        assertThat(read().places()).containsExactly(0, 16, 24, 32);
        assertThat(read().notes()).singleElement().asString().contains("slices 0 and 1 are 16.0 mm apart, most 8.0 mm");
        put(2, 1, 60, f -> f.text(0x00100020, "LO", "P2").text(0x00181060, "DS", "900"));
        assertThatThrownBy(this::read).hasMessageContaining("patient P2").hasMessageContaining("a stack has one");
    }

    @Test
    void stacksAreChosenByNumberAndMadeOfSeriesOfOneSlice() throws Exception {
        for (int slice = 0; slice < 3; slice++) {
            put(slice, 0, 70 + slice, f -> f.text(0x0020000E, "UI", "1.9").text(0x00200011, "IS", "7"));
        }
        assertThatThrownBy(this::read)
                .hasMessageContaining("2 series are stacks of parallel slices; name one with --series")
                .hasMessageContaining("series 7 of 3 slices, 8 x 8 pixels")
                .hasMessageContaining("series 300 of 4 slices");
        assertThat(CineStack.read(folder, OptionalInt.of(7)).slices()).isEqualTo(3);

        Path apart = Files.createDirectory(folder.resolve("apart"));
        for (int slice = 0; slice < 3; slice++) {
            String series = "1.8." + slice;
            Files.write(
                    apart.resolve("s" + slice),
                    SliceFiles.cine(slice, 0, slice, 8, 2)
                            .text(0x0020000E, "UI", series)
                            .bytes());
        }
        assertThat(CineStack.read(apart, OptionalInt.empty()).places()).containsExactly(0, 8, 16);
    }

    @Test
    void refusesWhatItCannotMeasure() throws Exception {
        Path one = Files.createDirectory(folder.resolve("one"));
        Path file = one.resolve("a");
        Files.write(file, SliceFiles.cine(0, 0, 1, 8, 2).without(0x00280030).bytes());
        assertThatThrownBy(() -> CineStack.read(one, OptionalInt.empty()))
                .hasMessageContaining("does not say how large its pixels are");
        Files.write(
                file,
                SliceFiles.cine(0, 0, 1, 8, 2).text(0x00080060, "CS", "CT").bytes());
        assertThatThrownBy(() -> CineStack.read(one, OptionalInt.empty())).hasMessageContaining("modality CT");
        Files.write(file, SliceFiles.cine(0, 0, 1, 8, 2).without(0x00180050).bytes());
        assertThatThrownBy(() -> CineStack.read(one, OptionalInt.empty()))
                .hasMessageContaining("a single slice that does not say how thick it is");
        Files.writeString(file, "no picture");
        assertThatThrownBy(() -> CineStack.read(file, OptionalInt.empty())).hasMessageContaining(file.toString());
    }

    private interface Change {
        DicomFile apply(DicomFile file);
    }

    private void put(int slice, int phase, int number, Change change) throws IOException {
        Files.write(
                folder.resolve("more-" + number),
                change.apply(SliceFiles.cine(slice, phase, number, 8, 2)).bytes());
    }
}
