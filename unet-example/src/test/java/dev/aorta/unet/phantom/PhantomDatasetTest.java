package dev.aorta.unet.phantom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.io.Json;
import dev.aorta.unet.imaging.LabelledSlice;
import dev.aorta.unet.imaging.SliceFiles;
import dev.aorta.unet.imaging.SliceFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PhantomDatasetTest {
    @TempDir
    private Path folder;

    @Test
    void writesBothFilesAndAManifest() throws Exception {
        PhantomDataset.write(folder.resolve("a"), 3, 2, 7);
        PhantomDataset.write(folder.resolve("b"), 4, 2, 7);

        List<LabelledSlice> train = SliceFiles.read(folder.resolve("a").resolve(SliceFolder.TRAIN));
        assertThat(train).hasSize(3);
        int[] made = Phantom.slice(7, 1).image();
        float[] read = train.get(1).image();
        assertThat(IntStream.range(0, made.length).allMatch(i -> read[i] == made[i]))
                .isTrue();
        assertThat(train.get(1).name()).isEqualTo("phantom-7-1");
        assertThat(folder.resolve("a").resolve(SliceFolder.VALIDATION))
                .hasSameBinaryContentAs(folder.resolve("b").resolve(SliceFolder.VALIDATION));
        Json manifest = Json.parse(Files.readAllBytes(folder.resolve("a").resolve(SliceFolder.MANIFEST)));
        assertThat(manifest.get("train").get("records")).isEqualTo(Json.of(3));
        assertThat(manifest.get("seed")).isEqualTo(Json.of(7));
    }

    @Test
    void refusesAFileInPlaceOfTheFolder() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> PhantomDataset.write(file, 1, 1, 1))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("a file stands where");
    }
}
