package dev.aorta.unet.imaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DicomFolderTest {
    @TempDir
    Path folder;

    /** Two series, three slices and four phases whose names, numbers and order in the folder say nothing. */
    @Test
    void sortsByPlaceAndTime() throws Exception {
        List<Integer> names = IntStream.range(0, 24).boxed().collect(Collectors.toList());
        Collections.shuffle(names, new Random(4));
        int file = 0;
        for (int series = 0; series < 2; series++) {
            for (int slice = 0; slice < 3; slice++) {
                for (int phase = 0; phase < 4; phase++) {
                    picture("f%02d".formatted(names.get(file++)), series, slice, phase, 100 - phase - 10 * slice);
                }
            }
        }
        Files.writeString(folder.resolve("notes.txt"), "none");
        DicomFolder sorted = DicomFolder.survey(folder);
        assertThat(sorted.series()).hasSize(2);
        for (int series = 0; series < 2; series++) {
            DicomFolder.Series found = sorted.series().get(series);
            assertThat(found.header().seriesNumber()).hasValue(300 + series);
            assertThat(found.slices()).extracting(DicomFolder.Slice::place).containsExactly(-16.0, -8.0, 0.0);
            for (DicomFolder.Slice slice : found.slices()) {
                assertThat(slice.phases())
                        .extracting(p -> p.triggerTime().getAsDouble())
                        .containsExactly(0.0, 40.0, 80.0, 120.0);
            }
        }
        assertThat(sorted.notes()).hasSize(1).first().asString().contains("notes.txt: neither a DICOM");
    }

    @Test
    void saysWhatIsThereTwiceOrNotAtAll() throws Exception {
        assertThatThrownBy(() -> DicomFolder.survey(folder)).hasMessageContaining("there is no DICOM image in it");
        picture("a", 0, 0, 1, 7);
        picture("b", 0, 0, 1, 7);
        assertThat(DicomFolder.survey(folder).notes())
                .containsExactly("%s and %s are the same slice at the same time, instance 7"
                        .formatted(folder.resolve("a"), folder.resolve("b")));
    }

    private void picture(String name, int series, int slice, int phase, int instance) throws IOException {
        Files.write(
                folder.resolve(name),
                DicomFile.image(true, 2, 2, 0)
                        .text(0x0020000E, "UI", "1.2." + series)
                        .text(0x00200011, "IS", Integer.toString(300 + series))
                        .text(0x00200013, "IS", Integer.toString(instance))
                        .text(0x00200032, "DS", "10\\-20\\" + -8 * slice)
                        .text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
                        .text(0x00181060, "DS", Integer.toString(40 * phase))
                        .bytes());
    }
}
