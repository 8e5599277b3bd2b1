package dev.aorta.jmhgate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;

/**
 * Runs JMH jars in turns, one fork each, so that whatever else the machine does meets all alike.
 *
 * @param sides what is run
 * @param java the program
 * @param arguments for JMH, for example {@code -wi 3}
 * @param directory gets a folder of results for each side
 * @param log is told what runs
 */
record Rounds(List<Side> sides, Path java, List<String> arguments, Path directory, Consumer<String> log) {

    /**
     * A jar and what it is called.
     *
     * @param name {@code base} or {@code head}
     * @param jar with JMH and benchmarks
     */
    record Side(String name, Path jar) {}

    /**
     * Measures {@code count} forks of each side: base, head, head, base, base, and so on.
     *
     * @param look folder of the results, for the first look and the second apart
     * @param include regular expression of benchmark names
     */
    void run(String look, int count, String include) throws IOException {
        for (int round = 0; round < count; round++) {
            for (int i = 0; i < sides.size(); i++) {
                Side side = sides.get(round % 2 == 0 ? i : sides.size() - 1 - i);
                log.accept(String.format("%s, fork %d of %d: %s", look, round + 1, count, side.name));
                fork(side, Files.createDirectories(folder(look, side.name)), round, include);
            }
        }
    }

    private void fork(Side side, Path results, int round, String include) throws IOException {
        String name = String.format("fork-%03d", round + 1);
        Path file = results.resolve(name + ".json");
        List<String> command =
                new ArrayList<>(List.of(java.toString(), "-cp", side.jar.toString(), "org.openjdk.jmh.Main", include));
        command.addAll(List.of("-f", "1", "-prof", "gc", "-foe", "true"));
        command.addAll(List.of("-rf", "json", "-rff", file.toString()));
        command.addAll(arguments);
        Programs.run(directory, results.resolve(name + ".log"), command);
    }

    /** All that one side has measured in one look. */
    SortedMap<String, Measurement> results(String look, String side) throws IOException {
        return JmhResults.read(folder(look, side));
    }

    private Path folder(String look, String side) {
        return directory.resolve(look).resolve(side);
    }
}
