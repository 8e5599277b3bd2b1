package dev.aorta.bench.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;

/**
 * Runs two JMH jars in turns, one fork each, so that whatever else the machine does meets both alike.
 *
 * @param directory with {@code base.jar} and {@code head.jar}; results go to {@code base/} and {@code head/}
 * @param arguments for JMH, for example {@code -wi 3}
 */
record Rounds(Path directory, List<String> arguments) {
    private static final List<String> SIDES = List.of("base", "head");

    /**
     * Adds {@code count} forks of each side to the results.
     *
     * @param include regular expression of benchmark names
     */
    void run(int count, String include) throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        for (int round = 0; round < count; round++) {
            for (String side : round % 2 == 0 ? SIDES : SIDES.reversed()) {
                Path results = Files.createDirectories(directory.resolve(side));
                Path file = Files.createTempFile(results, "round-", ".json");
                List<String> command = new ArrayList<>(List.of(
                        java.toString(),
                        "-cp",
                        directory.resolve(side + ".jar").toString(),
                        "org.openjdk.jmh.Main",
                        include));
                command.addAll(List.of("-f", "1", "-prof", "gc", "-foe", "true", "-v", "SILENT"));
                command.addAll(List.of("-rf", "json", "-rff", file.toString()));
                command.addAll(arguments);
                System.out.printf("round %d of %d: %s%n", round + 1, count, side);
                Build.run(directory, false, command.toArray(String[]::new));
            }
        }
    }

    /** All that one side has measured so far. */
    SortedMap<String, Measurement> results(String side) throws IOException {
        return JmhResults.read(directory.resolve(side));
    }
}
