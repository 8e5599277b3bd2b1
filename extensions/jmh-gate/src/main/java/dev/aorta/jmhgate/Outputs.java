package dev.aorta.jmhgate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a report goes besides the console.
 *
 * @param markdown file; null for none
 * @param junit file; null for none
 * @param history file to append to; null for none
 * @param github whether lines for GitHub are printed, and the Markdown added to the job's summary where there is one
 */
record Outputs(
        @Nullable Path markdown,
        @Nullable Path junit,
        @Nullable Path history,
        boolean github) {

    /** True in a job of GitHub Actions. */
    static boolean onGithub() {
        return "true".equals(System.getenv("GITHUB_ACTIONS"));
    }

    /** Reads the history, so that a broken one is known before hours of measurements. */
    History past() throws IOException {
        return history == null ? new History(List.of()) : History.read(history);
    }

    /**
     * Writes the report everywhere.
     *
     * @param out takes the lines for GitHub
     */
    void write(Report report, Settings settings, Consumer<String> out) throws IOException {
        String machine = Host.description();
        String head = settings.head() == null || Settings.isJar(settings.head())
                ? describe(settings.directory())
                : settings.head().toString();
        String title = "Base " + (settings.ref() == null ? settings.base() : settings.ref()) + ", head " + head + ".";
        String text = Markdown.of(report, title, past(), machine);
        save(markdown, text);
        save(junit, JUnitXml.of(report));
        if (history != null) {
            String date = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
            History.append(history, History.Entry.of(date, head, machine, report));
        }
        if (github) {
            Annotations.of(report, settings.directory()).forEach(out);
            String summary = System.getenv("GITHUB_STEP_SUMMARY");
            if (summary != null) {
                Files.writeString(Path.of(summary), text + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
        }
    }

    /** The working tree as git names it, or {@code unknown} outside of a repository. */
    private static String describe(Path directory) {
        try {
            return Programs.output(directory, "git", "describe", "--always", "--dirty");
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static void save(@Nullable Path file, String text) throws IOException {
        if (file != null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text);
        }
    }
}
