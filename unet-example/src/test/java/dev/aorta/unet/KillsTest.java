package dev.aorta.unet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A few of the kills of {@code break-it kills}. */
class KillsTest {
    private static final long SEED = 5;

    @TempDir
    Path folder;

    @Test
    void aKilledTrainingEndsWithTheBytesOfAnUndisturbedOne() throws Exception {
        Kills.Outcome outcome = new Kills(folder, SEED).run(5);
        assertThat(outcome.kills()).as("seed %d", SEED).isEqualTo(5);
        assertThat(outcome.inTraining()).as("seed %d", SEED).isGreaterThan(1);
    }
}
