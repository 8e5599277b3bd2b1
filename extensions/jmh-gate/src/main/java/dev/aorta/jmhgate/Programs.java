package dev.aorta.jmhgate;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Runs other programs and waits for them. */
final class Programs {
    private static final int SHOWN_LINES = 15;

    private Programs() {}

    /** What a program prints on standard output, stripped; throws when it does not exit with 0. */
    static String output(Path directory, String... command) throws IOException {
        Path log = Files.createTempFile("jmh-gate-", ".log");
        try {
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectError(log.toFile())
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            await(process, directory, List.of(command), log);
            return output.strip();
        } finally {
            Files.delete(log);
        }
    }

    /** Runs a program whose output goes to a file; throws with the end of that when it does not exit with 0. */
    static void run(Path directory, Path log, List<String> command) throws IOException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(log.toFile()))
                .start();
        process.getOutputStream().close();
        await(process, directory, command, log);
    }

    private static void await(Process process, Path directory, List<String> command, Path log) throws IOException {
        try {
            int status = process.waitFor();
            if (status != 0) {
                throw new IOException("in " + directory + ": '" + String.join(" ", command) + "' ended with status "
                        + status + end(log));
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for " + command.get(0), e);
        }
    }

    private static String end(Path log) throws IOException {
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank())
                .toList();
        int from = Math.max(0, lines.size() - SHOWN_LINES);
        return lines.isEmpty() ? "" : ":\n  " + String.join("\n  ", lines.subList(from, lines.size()));
    }
}
