package dev.aorta.jmhgate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir
    private Path directory;

    private String base = "";
    private String head = "";

    @BeforeEach
    void measure() throws IOException {
        base = new JmhJson(24, 5)
                .time("conv", 10, 0.01)
                .write(directory.resolve("base.json"))
                .toString();
        head = new JmhJson(25, 5)
                .time("conv", 12, 0.01)
                .write(directory.resolve("head.json"))
                .toString();
    }

    @Test
    void exitsWithTheVerdict() {
        assertThat(Main.line().execute(base, head)).isEqualTo(1);
        assertThat(Main.line().execute(base, base)).isZero();
        assertThat(Main.line().execute("--threshold", "50", base, head)).isZero();
    }

    @Test
    void saysInOneMessageWhatIsWrong() throws IOException {
        assertThat(usage(base)).contains("give two files, or --base REF and at most one");
        assertThat(usage("--base", "main", base, head)).contains("give two files");
        assertThat(usage("--base", "main", "--forks", "3"))
                .as("before hours of measurements, not after them")
                .contains("no p can be under 0.050", "measure 4 forks a side");
        assertThat(usage("--base", "main", "--jmh", "-f 3")).contains("the gate gives -f itself");
        assertThat(usage("--base", "main", "--forks", "51")).contains("at most 50");
        assertThat(usage("--alpha", "7", base, head)).contains("alpha 7.0: give 0.0001 to 0.25");
        assertThat(usage(base, head + "x")).contains("no file");
        Path text = Files.writeString(directory.resolve("text"), "no JSON");
        assertThat(Main.line().execute(base, text.toString())).isEqualTo(1);
    }

    @Test
    void leavesNoEmptyFolder() throws IOException {
        List<Path> before = folders();
        Main.line().execute(base, head);
        usage("--alpha", "7", base, head);
        assertThat(folders()).isEqualTo(before);
    }

    private static List<Path> folders() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return files.filter(file -> file.getFileName().toString().startsWith("jmh-gate-"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void writesEveryKindOfReport() throws IOException {
        Path out = directory.resolve("out");
        Path history = out.resolve("history.jsonl");
        for (int run = 0; run < 2; run++) {
            Main.line()
                    .execute(
                            "--markdown",
                            out.resolve("report.md").toString(),
                            "--junit",
                            out.resolve("report.xml").toString(),
                            "--history",
                            history.toString(),
                            base,
                            head);
        }
        assertThat(out.resolve("report.md")).content().contains("**SLOWER**", "▁▁ +0.0 % in 2 runs", "head.json");
        assertThat(out.resolve("report.xml")).content().contains("<failure");
        assertThat(Files.readAllLines(history)).hasSize(2);
    }

    private static String usage(String... args) {
        StringWriter text = new StringWriter();
        int status = Main.line().setErr(new PrintWriter(text)).execute(args);
        assertThat(status).isEqualTo(2);
        return text.toString();
    }
}
