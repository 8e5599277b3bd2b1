package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final int FORKS = 5;

    @TempDir
    private Path directory;

    @Test
    void failsOnARegression() throws IOException {
        Report report = compare(
                results(1).time("conv", 10, 0.01).time("pool", 2, 0.01),
                results(2).time("conv", 11.5, 0.01).time("pool", 2.4, 0.01));
        assertThat(report.passes()).isFalse();
        assertThat(report.failures()).hasSize(2).allMatch(Comparison::slower);
        assertThat(report.comparisons().get(0).ratio()).isBetween(1.12, 1.18);
        assertThat(report.toString()).contains("SLOWER", "conv size=32 [avgt] (ms/op)", "FAIL: 2 compared, 2 slower");
    }

    @Test
    void passesOnNoise() throws IOException {
        int failures = 0;
        for (int seed = 0; seed < 200; seed++) {
            JmhJson base = results(seed).time("conv", 10, 0.02, 1000);
            failures += compare(base, results(seed + 1000).time("conv", 10, 0.02, 1000))
                            .passes()
                    ? 0
                    : 1;
        }
        assertThat(failures)
                .as("of 200 comparisons of equals with 2 % of noise")
                .isLessThanOrEqualTo(2);
    }

    @Test
    void passesASlowdownUnderTheThreshold() throws IOException {
        Report report = compare(results(3).time("conv", 10, 0.002), results(4).time("conv", 10.3, 0.002));
        assertThat(report.comparisons().get(0).time().above()).isLessThan(0.02);
        assertThat(report.passes()).isTrue();
    }

    @Test
    void tellsSlowerFromFasterAndSame() throws IOException {
        Report report = compare(
                results(5).time("a", 10, 0.01).time("b", 10, 0.01).time("c", 10, 0.01),
                results(6).time("a", 12, 0.01).time("b", 8, 0.01).time("c", 10, 0.01));
        assertThat(report.comparisons()).extracting(Comparison::slower).containsExactly(true, false, false);
        assertThat(report.comparisons()).extracting(Comparison::faster).containsExactly(false, true, false);
        assertThat(report.passes()).isFalse();
    }

    @Test
    void readsThroughputTheOtherWayRound() throws IOException {
        Report report = compare(
                results(7).add("parse", "thrpt", "ops/s", 1000, 0.01, Map.of()),
                results(8).add("parse", "thrpt", "ops/s", 800, 0.01, Map.of()));
        assertThat(report.comparisons().get(0).slower()).isTrue();
        assertThat(report.comparisons().get(0).ratio()).isBetween(1.2, 1.3);
    }

    @Test
    void failsOnOneMoreObjectAnOperation() throws IOException {
        Report report =
                compare(results(9).time("conv", 10, 0.01, 4096), results(10).time("conv", 10, 0.01, 4112));
        assertThat(report.failures()).hasSize(1).allMatch(Comparison::allocatesMore);
        assertThat(report.toString()).contains("ALLOCATES", "+16", "1 allocating more");
    }

    @Test
    void passesAllocationThatIsNoWholeObject() throws IOException {
        assertThat(compare(
                                results(11).time("conv", 10, 0.01, 0.002),
                                results(12).time("conv", 10, 0.01, 0.7))
                        .passes())
                .isTrue();
    }

    @Test
    void comparesTimesWhereOneSideHasNoAllocationData() throws IOException {
        Report report = compare(results(13).time("conv", 10, 0.01), results(14).time("conv", 10, 0.01, 4096));
        assertThat(report.comparisons().get(0).allocation()).isEmpty();
        assertThat(report.passes()).isTrue();
    }

    @Test
    void reportsMissingAndNewBenchmarks() throws IOException {
        Report report = compare(
                results(15).time("conv", 10, 0.01).time("old", 1, 0.01),
                results(16).time("conv", 10, 0.01).time("young", 1, 0.01));
        assertThat(report.missing()).containsExactly("old size=32 [avgt]");
        assertThat(report.added()).containsOnlyKeys("young size=32 [avgt]");
        assertThat(report.passes()).isTrue();
        assertThat(report.toString()).containsPattern("MISSING +old").containsPattern("NEW +young");
    }

    @Test
    void failsWhenNothingCanBeCompared() throws IOException {
        Report report = compare(results(17).time("old", 1, 0.01), results(18).time("young", 1, 0.01));
        assertThat(report.passes()).isFalse();
        assertThat(report.toString()).contains("no benchmark in common");
    }

    @Test
    void refusesWhatCannotBeCompared() {
        assertThatThrownBy(() ->
                        compare(new JmhJson(19, 3).time("conv", 10, 0.01), new JmhJson(20, 3).time("conv", 10, 0.01)))
                .hasMessage("conv size=32 [avgt]: with 3 forks of the base and 3 of the head no p can be under 0.050,"
                        + " and 0.02 is asked for; measure 4 forks a side");
        JmhJson other = results(22).add("conv", "avgt", "us/op", 10, 0.01, Map.of());
        assertThatThrownBy(() -> compare(results(21).time("conv", 10, 0.01), other))
                .hasMessageContaining("base is in ms/op, head in us/op");
    }

    @Test
    void refusesWhatIsNoResult() throws IOException {
        Path text = Files.writeString(directory.resolve("a.json"), "[{}]");
        assertThatThrownBy(() -> JmhResults.read(text)).hasMessageContaining("a.json: not a result of JMH");
        Path sample = results(23).add("conv", "sample", "ms/op", 1, 0, Map.of()).write(directory.resolve("s.json"));
        assertThatThrownBy(() -> JmhResults.read(sample)).hasMessageContaining("histograms");
    }

    @Test
    void joinsForksOfTheFilesInADirectory() throws IOException {
        for (int i = 0; i < FORKS; i++) {
            new JmhJson(i, 1).time("conv", 10 + i, 0, 16).write(directory.resolve("round-" + i + ".json"));
        }
        Measurement conv = JmhResults.read(directory).values().iterator().next();
        assertThat(conv.scores()).containsExactly(10, 11, 12, 13, 14);
        assertThat(conv.allocations()).containsExactly(16, 16, 16, 16, 16);
    }

    @Test
    void saysThatTheJvmsDiffer() throws IOException {
        Report report = compare(
                results(34).jdk("21").time("conv", 10, 0.01),
                results(35).jdk("25").time("conv", 10, 0.01));
        assertThat(report.notes()).containsExactly("base ran on VM 21, head on VM 25: what differs may be the JVM's");
    }

    @Test
    void refusesScoresThatHaveNoRatio() throws IOException {
        Path zero = results(36).time("conv", 0, 0).write(directory.resolve("zero.json"));
        assertThatThrownBy(() -> JmhResults.read(zero))
                .hasMessageContaining("zero.json")
                .hasMessageContaining("scored 0.0");
        assertThatThrownBy(() -> JmhResults.read(directory.resolve("none.json")))
                .hasMessageContaining("no file");
        Path empty = Files.createDirectories(directory.resolve("empty"));
        assertThatThrownBy(() -> JmhResults.read(empty)).hasMessageContaining("no .json file");
        Path cut = Files.writeString(directory.resolve("cut.json"), "[{\"benchmark\": \"a");
        assertThatThrownBy(() -> JmhResults.read(cut))
                .hasMessageContaining("cut.json: not a result of JMH: ")
                .hasMessageNotContaining("http");
    }

    private Report compare(JmhJson base, JmhJson head) throws IOException {
        return Report.of(
                JmhResults.read(base.write(directory.resolve("base.json"))),
                JmhResults.read(head.write(directory.resolve("head.json"))),
                new Rules(0.05, 0.02));
    }

    private static JmhJson results(long seed) {
        return new JmhJson(seed, FORKS);
    }
}
