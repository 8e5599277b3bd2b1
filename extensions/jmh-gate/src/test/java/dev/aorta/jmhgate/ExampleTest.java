package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The project in {@code src/example}, built by Maven with the installed plugin: unchanged it passes, with a slowdown it fails. */
class ExampleTest {
    private static final Path ROOT = Path.of(System.getProperty("aorta.root"));

    @TempDir
    private Path directory;

    private Path project = Path.of("");
    private Path settings = Path.of("");

    @BeforeEach
    void copy() throws IOException {
        project = directory.resolve("example");
        Path source = ROOT.resolve("extensions/jmh-gate/src/example");
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = project.resolve(source.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.writeString(
                        copy,
                        Files.readString(file)
                                .replace("@project.version@", System.getProperty("gate.version"))
                                .replace("@jmh.version@", System.getProperty("gate.jmh")));
            }
        }
        String repository =
                Path.of(System.getProperty("gate.repository")).toUri().toString();
        settings = Files.writeString(
                directory.resolve("settings.xml"),
                Files.readString(ROOT.resolve("extensions/consumers/src/it/settings.xml"))
                        .replace("@localRepositoryUrl@", repository));
        Programs.output(project, "git", "init", "--quiet");
        Programs.output(project, "git", "add", "src", "pom.xml");
        Programs.output(
                project,
                "git",
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@example.org",
                "commit",
                "--quiet",
                "-m",
                "fast");
    }

    @Test
    void passesUnchangedAndFailsWithASlowdown() throws IOException {
        assertThat(maven("-Djmh-gate.base=HEAD")).contains("PASS: 1 compared, 0 slower");
        Path fast = Files.move(project.resolve("target/jmh-gate/work/base.jar"), directory.resolve("fast.jar"));

        Path words = project.resolve("src/main/java/example/Words.java");
        String slow = Files.readString(words)
                .replace("i < text.length()", "i < 16 * text.length()")
                .replace("text.charAt(i)", "text.charAt(i % text.length())");
        Files.writeString(words, slow);
        assertThat(maven("-Djmh-gate.baseFile=" + fast, "-Djmh-gate.confirm=false", "-Djmh-gate.github=true"))
                .contains("FAIL: 1 compared, 1 slower", "BUILD FAILURE")
                .contains("\n::error file=src/main/java/example/WordsBenchmark.java,line=");
        Path reports = project.resolve("target/jmh-gate");
        assertThat(reports.resolve("report.md")).content().contains("**SLOWER", " in 2 runs |");
        assertThat(reports.resolve("TEST-jmh-gate.xml")).content().contains("<failure");
        assertThat(Files.readAllLines(project.resolve("history.jsonl")))
                .satisfiesExactly(
                        first -> assertThat(first).contains("\"passed\":true"),
                        second -> assertThat(second).contains("-dirty\"", "\"passed\":false"));
    }

    /** What Maven prints, short measurements, and a threshold that no other load of the machine reaches. */
    private String maven(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "env",
                "MAVEN_OPTS=-XX:TieredStopAtLevel=1",
                Path.of(System.getProperty("gate.maven"), "bin", "mvn").toString(),
                "-B",
                "-ntp",
                "-s",
                settings.toString(),
                "-Dmaven.repo.local=" + System.getProperty("gate.installed"),
                "-Djmh-gate.jmh=-wi,2,-w,400ms,-i,3,-r,50ms",
                "-Djmh-gate.forks=2",
                "-Djmh-gate.alpha=0.2",
                "-Djmh-gate.threshold=100",
                "verify"));
        command.addAll(List.of(arguments));
        Path log = directory.resolve("maven.log");
        try {
            Programs.run(project, log, command);
        } catch (IOException e) {
            assertThat(log).as(e.getMessage()).content().contains("jmh-gate");
        }
        return Files.readString(log);
    }
}
