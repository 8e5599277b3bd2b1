package dev.aorta.unet.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {
    @TempDir
    Path folder;

    @Test
    void twoTrainingsThatBeginTogetherDoNotShareAFolder() throws Exception {
        Path run = folder.resolve("run");
        RunFolder first = RunFolder.create(run);
        RunFolder second = RunFolder.create(run);
        first.writeConfig(Json.of("first"));
        assertThatThrownBy(() -> second.writeConfig(Json.of("second")))
                .isInstanceOf(FormatException.class)
                .hasMessage(run + ": another training has begun in the folder; name another one with --out");
        assertThat(run.resolve("config.json")).content().contains("first");
    }
}
