package dev.aorta;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a program said in a Java of its own, with the class path of the tests.
 *
 * @param out lines of its output; what it says beside is dropped
 */
public record JavaRun(int exit, List<String> out) {
    /** Runs a class that has a main method to its end, which must come within two minutes. */
    public static JavaRun of(List<String> options, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:-UsePerfData");
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        Process java = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!java.waitFor(120, TimeUnit.SECONDS)) {
            java.destroyForcibly();
            throw new IllegalStateException("still running: " + command);
        }
        return new JavaRun(java.exitValue(), out.lines().toList());
    }
}
