package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GateTest {
    private static final String TEN = "10.1 10.2";
    private static final String TWELVE = "12.1 12.2";

    @TempDir
    private Path directory;

    @Test
    void runsJarsInTurnsAndConfirmsWhatLooksWorse() throws IOException {
        Report report = Gate.run(settings(jar("base", TEN), jar("head", TWELVE), ".*", true), line -> {});
        assertThat(report.comparisons()).singleElement().satisfies(c -> {
            assertThat(c.slower()).isTrue();
            assertThat(c.head().scores()).containsExactly(12.1, 12.2, 12.1, 12.2);
        });
        assertThat(directory.resolve("log"))
                .hasContent("base\nhead\nhead\nbase\n".repeat(2).strip());
    }

    @Test
    void measuresOneSideWhereTheOtherHasResults() throws IOException {
        Path base = Files.createDirectories(directory.resolve("results"));
        for (int fork = 0; fork < 2; fork++) {
            Files.writeString(base.resolve(fork + ".json"), """
                    [{"benchmark": "example.Words.count", "mode": "avgt", "vmName": "VM", "jdkVersion": "25",
                      "primaryMetric": {"scoreUnit": "us/op", "rawData": [[10.%d]]}, "secondaryMetrics": {}}]""".formatted(fork));
        }
        Report report = Gate.run(settings(base, jar("head", TWELVE), ".*", false), line -> {});
        assertThat(report.failures()).hasSize(1);
        assertThat(report.notes()).singleElement().asString().contains("at another time");
        assertThat(directory.resolve("log")).hasContent("head\nhead");
    }

    @Test
    void saysWhatJmhSaid() throws IOException {
        Settings settings = settings(jar("base", TEN), jar("head", TEN), "parse", true);
        assertThatThrownBy(() -> Gate.run(settings, line -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ended with status 1:\n  No matching benchmarks");
    }

    @Test
    void refusesBeforeItMeasures() throws IOException {
        Path jar = jar("base", TEN);
        assertThatThrownBy(() -> settings(jar, directory.resolve("none.jar"), ".*", true))
                .hasMessageContaining("no file")
                .hasMessageContaining("none.jar");
        assertThatThrownBy(() -> settings(jar, jar, "(", true)).hasMessageContaining("no regular expression");
        assertThatThrownBy(() -> settings(null, jar, ".*", true)).hasMessageContaining("what is the base?");
        assertThatThrownBy(() -> new Rules(-0.01, 0.02)).hasMessageContaining("threshold");
        assertThatThrownBy(() -> new Rules(0.05, 0.5)).hasMessageContaining("alpha 0.5");
    }

    private Path jar(String name, String scores) throws IOException {
        return FakeJmh.jar(directory.resolve(name + ".jar"), scores, directory.resolve("log"));
    }

    private Settings settings(@Nullable Path base, Path head, String include, boolean confirm) {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new Settings(
                directory,
                null,
                base,
                head,
                "",
                "",
                java,
                include,
                List.of("-wi", "1"),
                2,
                confirm,
                new Rules(0.05, 0.2),
                directory.resolve("work"));
    }
}
