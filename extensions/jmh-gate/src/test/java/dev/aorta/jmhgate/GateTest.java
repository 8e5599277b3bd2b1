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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GateTest {
    private static final String TEN = "10.1 10.2";
    private static final String TWELVE = "12.1 12.2";

    @TempDir
    private Path directory;

    @Test
    void runsJarsInTurnsAndMeasuresAgainWhatMayBeWorse() throws IOException {
        Report report = Gate.run(settings(jar("base", TEN), jar("head", TWELVE), ".*", true), line -> {});
        assertThat(report.comparisons()).extracting(Comparison::slower).containsExactly(true, false);
        assertThat(report.failures())
                .singleElement()
                .satisfies(c -> assertThat(c.head().scores()).containsExactly(12.1, 12.2, 12.1, 12.2));
        assertThat(directory.resolve("log")).hasContent("""
                base 8
                head 8
                base 32
                head 32
                head 8
                base 8
                head 32
                base 32
                base 32
                head 32
                head 32
                base 32""");
    }

    @Test
    void judgesByAllForksOfWhatWasMeasuredAgain() throws IOException {
        Path base = jar("base", "10.0 10.1 10.2 10.3");
        Report chance = Gate.run(settings(base, jar("chance", "12.1 12.2 9.0 9.1"), ".*", true), line -> {});
        assertThat(chance.comparisons().get(0).verdict()).isEqualTo("unconfirmed");
        Files.delete(directory.resolve("log"));
        Report slower = Gate.run(settings(base, jar("slower", "12.1 12.2 10.15 12.3"), ".*", true), line -> {});
        assertThat(slower.failures())
                .as("one fork of the second look is as fast")
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void measuresOneSideWhereTheOtherHasResults(boolean confirm) throws IOException {
        Path base = Files.createDirectories(directory.resolve("results"));
        for (int fork = 0; fork < 2; fork++) {
            Files.writeString(base.resolve(fork + ".json"), """
                    [{"benchmark": "example.Words.count", "mode": "avgt", "vmName": "VM", "jdkVersion": "25",
                      "params": {"size": "32"},
                      "primaryMetric": {"scoreUnit": "us/op", "rawData": [[10.%d]]}, "secondaryMetrics": {}}]""".formatted(fork));
        }
        Report report = Gate.run(settings(base, jar("head", TWELVE), ".*", confirm), line -> {});
        assertThat(report.failures())
                .singleElement()
                .satisfies(c -> assertThat(c.base().scores()).containsExactly(10.0, 10.1));
        assertThat(report.notes()).singleElement().asString().contains("at another time");
        assertThat(directory.resolve("log"))
                .hasContent("head 8\nhead 32\nhead 8\nhead 32\n" + (confirm ? "head 32\nhead 32\n" : ""));
    }

    @Test
    void saysWhatJmhSaid() throws IOException {
        Path jar = jar("base", TEN);
        Settings settings = settings(jar, jar, ".*", true, "-foul");
        assertThatThrownBy(() -> Gate.run(settings, line -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("ended with status 1:\n  foul is not a recognized option");
    }

    @Test
    void saysThatNothingHasTheName() throws IOException {
        Settings settings = settings(jar("base", TEN), jar("head", TEN), "parse", true);
        assertThatThrownBy(() -> Gate.run(settings, line -> {}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no benchmark matches 'parse' in")
                .hasMessageContaining("base.jar or ");
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

    private Settings settings(@Nullable Path base, Path head, String include, boolean confirm, String... jmh) {
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
                List.of(jmh),
                2,
                confirm,
                new Rules(0.05, 0.2),
                directory.resolve("work"));
    }
}
