package dev.aorta.cuda;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Another program, run for a limited time. */
final class Program {
    /**
     * What came of a run.
     *
     * @param lines of its output
     * @param status exit status, or null when the time was up and it was ended
     */
    record Outcome(List<String> lines, @Nullable Integer status) {}

    private Program() {}

    /** The first folder's program of that name, or null. */
    static @Nullable Path find(String name, Stream<String> folders) {
        return folders.filter(f -> !f.isEmpty())
                .map(f -> Path.of(f, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
    }

    /** Runs a command and ends it, with what it started, after so many seconds; its errors go to ours. */
    static Outcome run(int seconds, List<String> command) {
        var lines = new ArrayList<String>();
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Thread reader = Thread.ofVirtual().start(() -> read(process, lines));
            boolean ended = process.waitFor(seconds, TimeUnit.SECONDS);
            if (!ended) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
            reader.join();
            return new Outcome(lines, ended ? process.exitValue() : null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void read(Process process, List<String> lines) {
        try (var in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) { // the end of a program that was ended
            lines.add("gpu-check: " + e.getMessage());
        }
    }
}
