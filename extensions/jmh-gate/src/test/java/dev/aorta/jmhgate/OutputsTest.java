package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class OutputsTest {
    private static final Rules RULES = new Rules(0.05, 0.02);
    private static final String MACHINE = "a machine";

    @TempDir
    private Path directory;

    @Test
    void markdownHasARowForEachBenchmark() throws IOException {
        String text = Markdown.of(report("a|b"), "Base main, head 1a2b3c.", new History(List.of()), MACHINE);
        assertThat(text)
                .startsWith(
                        "### FAIL: 2 compared, 1 slower, 0 allocating more, 1 missing, 1 new\n\nBase main, head 1a2b3c.\n")
                .contains(
                        "| **SLOWER** | example.Words.count size=32 \\[avgt\\] |",
                        "| | a\\|b size=32 \\[avgt\\] |".substring(2))
                .contains("Only in the base: example.Words.old", "Only in the head: example.Words.young")
                .contains("p at most 0.02 and over 5 % slower")
                .doesNotContain("trend");
        assertThat(text.lines()
                        .filter(line -> line.startsWith("|"))
                        .map(OutputsTest::cells)
                        .distinct())
                .as("columns of all rows")
                .hasSize(1);
    }

    private static long cells(String row) {
        return row.replace("\\|", "").chars().filter(c -> c == '|').count();
    }

    @Test
    void junitHasAFailureForEachSlowdown() throws Exception {
        Document xml = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(
                        JUnitXml.of(report("a<b>\u0001")).getBytes(StandardCharsets.UTF_8)));
        Element suite = xml.getDocumentElement();
        assertThat(suite.getAttribute("tests")).isEqualTo("3");
        assertThat(suite.getAttribute("failures")).isEqualTo("1");
        assertThat(suite.getAttribute("skipped")).isEqualTo("1");
        assertThat(xml.getElementsByTagName("testcase").getLength()).isEqualTo(3);
        Element failure = (Element) xml.getElementsByTagName("failure").item(0);
        assertThat(failure.getAttribute("message")).contains("% slower", "ms/op", "5 and 5 forks");
        Element failed = (Element) failure.getParentNode();
        assertThat(failed.getAttribute("classname")).isEqualTo("example.Words");
        assertThat(failed.getAttribute("name")).isEqualTo("count size=32 [avgt]");
    }

    @Test
    void junitFailsWhereNothingWasCompared() throws IOException {
        assertThat(JUnitXml.of(Report.of(results(1, "a"), results(2, "b"), RULES)))
                .contains("tests=\"2\" failures=\"1\"", "no benchmark in common");
    }

    @Test
    void annotationsPointToTheBenchmark() throws IOException {
        Path source = directory.resolve("perf/src/main/java/example/Words.java");
        Files.createDirectories(source.getParent());
        Files.writeString(source, "class Words {\n  @Benchmark\n  public int count() {}\n}\n");
        Programs.output(directory, "git", "init", "--quiet");
        Programs.output(directory, "git", "add", "perf");
        assertThat(Annotations.of(report("a"), directory))
                .satisfiesExactly(
                        line -> assertThat(line)
                                .startsWith("::error file=perf/src/main/java/example/Words.java,line=3,"
                                        + "title=SLOWER example.Words.count size=32 [avgt]::")
                                .contains("%25 slower")
                                .doesNotContain("% "),
                        line -> assertThat(line).startsWith("::warning title=MISSING example.Words.old size=32"));
    }

    @Test
    void annotationsOfAPassAreANotice() throws IOException {
        Report report = Report.of(results(1, "a:b"), results(1, "a:b"), RULES);
        assertThat(Annotations.of(report, directory))
                .containsExactly(
                        "::notice title=jmh-gate::PASS: 1 compared, 0 slower, 0 allocating more, 0 missing, 0 new");
    }

    @Test
    void historyKeepsWhatHeadsMeasured() throws IOException {
        Path file = directory.resolve("perf/history.jsonl");
        assertThat(History.read(file).entries()).isEmpty();
        History.Entry entry = History.Entry.of("2026-11-29T10:00:00Z", "v1", MACHINE, report("a"));
        History.append(file, entry);
        History.append(file, entry);
        assertThat(History.read(file).entries()).containsExactly(entry, entry);
        assertThat(entry.passed()).isFalse();
        assertThat(entry.benchmarks())
                .containsOnlyKeys(
                        "a size=32 [avgt]", "example.Words.count size=32 [avgt]", "example.Words.young size=32 [avgt]");
    }

    @Test
    void trendIsOfOneMachineAndOneJvm() {
        List<History.Entry> entries = List.of(
                entry(MACHINE, 10, "25"),
                entry("another", 99, "25"),
                entry(MACHINE, 99, "21"),
                entry(MACHINE, 10.7, "25"));
        Measurement now = new Measurement("ms/op", false, new double[] {11, 12, 13}, new double[0], "25");
        assertThat(new History(entries).trend("a", MACHINE, now)).isEqualTo("▁▃█ +20.0 % in 3 runs");
        assertThat(new History(entries).trend("b", MACHINE, now)).isEmpty();
        assertThat(History.bars(List.of(3.0, 3.0))).isEqualTo("▁▁");
    }

    @Test
    void aBrokenHistoryIsNamed() throws IOException {
        Path file = directory.resolve("history.jsonl");
        History.append(file, entry(MACHINE, 10, "25"));
        for (String line : List.of(
                "{\"date\": \"2026",
                "",
                "{}",
                "[]",
                "{\"date\":\"d\",\"machine\":\"m\",\"benchmarks\":{\"a\":null}}")) {
            Path broken = Files.writeString(directory.resolve("broken.jsonl"), Files.readString(file) + line + "\n");
            assertThatThrownBy(() -> History.read(broken))
                    .as(line)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("broken.jsonl:2: not a line of a history");
        }
    }

    private static History.Entry entry(String machine, double median, String jvm) {
        History.Point point = new History.Point(median, "ms/op", 5, null, jvm);
        return new History.Entry("2026-11-29T10:00:00Z", "v1", machine, true, Map.of("a", point));
    }

    /** One slower, one the same under the given name, one missing, one new. */
    private Report report(String same) throws IOException {
        return Report.of(
                results(1, same, "example.Words.count", "example.Words.old"),
                JmhResults.read(new JmhJson(2, 5)
                        .time(same, 10, 0.001)
                        .time("example.Words.count", 12, 0.001)
                        .time("example.Words.young", 10, 0.001)
                        .write(directory.resolve("head.json"))),
                RULES);
    }

    private SortedMap<String, Measurement> results(int seed, String... names) throws IOException {
        JmhJson json = new JmhJson(seed, 5);
        for (String name : names) {
            json.time(name, 10, 0.001);
        }
        return JmhResults.read(json.write(directory.resolve("base.json")));
    }
}
