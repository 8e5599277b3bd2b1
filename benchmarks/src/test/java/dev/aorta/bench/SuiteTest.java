package dev.aorta.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SuiteTest {
    @TempDir
    private Path directory;

    @Test
    void runsABenchmarkInThisProcessAndWritesItsResult() throws IOException {
        Path out = directory.resolve("gemm.json");
        List<String> quick = List.of("-f", "0", "-wi", "0", "-i", "1", "-r", "1ms", "-v", "SILENT");
        var options = Suite.options(out, quick).include("GemmBenchmark").param("size", "64");
        assertThat(Suite.run(options, out)).singleElement().satisfies(run -> {
            assertThat(run.getPrimaryResult().getScore()).isPositive();
            assertThat(Suite.bytes(run)).isNotNegative();
        });
        assertThat(Json.parse(Files.readString(out)).asList()).hasSize(1);
        Json machine = Json.parse(Files.readString(directory.resolve("gemm.machine.json")));
        assertThat(machine.get("machine").get("jdk").asText()).contains("25");
    }

    @Test
    void passesOnWhatJmhDoesNotUnderstand() {
        assertThatThrownBy(() -> Suite.options(directory.resolve("a.json"), List.of("-f", "many")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("JMH: ");
    }
}
