package dev.aorta.unet.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.metric.Scores;
import dev.aorta.train.EpochScores;
import dev.aorta.unet.train.SliceScore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChartsTest {
    private static EpochScores epoch(int number, double loss) {
        SequencedMap<String, Double> scores = new LinkedHashMap<>(Map.of("loss", loss));
        return new EpochScores(number, 0.1, new Scores(1, scores), null);
    }

    /** One infinite loss cost the whole report. */
    @Test
    void whatIsNotFiniteIsNotDrawn() throws IOException {
        for (double loss : new double[] {Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN}) {
            assertThat(Charts.curve("loss", List.of(epoch(1, loss), epoch(2, 0.5)), "loss"))
                    .startsWith(0x89, 'P', 'N', 'G');
            assertThat(Charts.curve("loss", List.of(epoch(1, loss)), "loss")).startsWith(0x89, 'P', 'N', 'G');
        }
    }

    /** A temporary folder that was full or missing cost the whole report. */
    @Test
    void noTemporaryFileIsNeeded(@TempDir Path folder) throws IOException {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        ImageIO.setCacheDirectory(gone.toFile());
        try {
            Files.delete(gone);
            assertThat(Charts.curve("loss", List.of(epoch(1, 0.5)), "loss")).startsWith(0x89, 'P', 'N', 'G');
            assertThat(Charts.histogram(List.of(new SliceScore(0, "a slice", 0.5, 1, 1))))
                    .startsWith(0x89, 'P', 'N', 'G');
        } finally {
            ImageIO.setCacheDirectory(null);
        }
    }

    @Test
    void labelsAreAsShortAsTheyCanBe() {
        assertThat(Charts.label(0)).isEqualTo("0");
        assertThat(Charts.label(0.05)).isEqualTo("0.05");
        assertThat(Charts.label(0.1 + 0.2)).isEqualTo("0.3");
        assertThat(Charts.label(2)).isEqualTo("2");
        assertThat(Charts.label(200)).isEqualTo("200");
        assertThat(Charts.label(1.25e-5)).isEqualTo("0.0000125");
    }
}
