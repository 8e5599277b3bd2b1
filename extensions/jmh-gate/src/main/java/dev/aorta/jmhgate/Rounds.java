package dev.aorta.jmhgate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

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
     * What there is to measure, and the sides that have it.
     *
     * @param include regular expression of benchmark names
     * @throws IOException when no side has anything of that name
     */
    Map<Unit, List<Side>> units(String include) throws IOException {
        Map<Unit, List<Side>> units = new LinkedHashMap<>();
        for (Side side : sides) {
            List<String> command = command(side, List.of(include, "-lp"));
            command.addAll(arguments);
            for (Unit unit : Unit.listed(Programs.output(directory, command.toArray(String[]::new)))) {
                units.computeIfAbsent(unit, u -> new ArrayList<>()).add(side);
            }
        }
        if (units.isEmpty()) {
            throw new IOException("no benchmark matches '" + include + "' in "
                    + sides.stream().map(s -> s.jar.toString()).collect(Collectors.joining(" or ")));
        }
        return units;
    }

    /**
     * Measures {@code count} forks of each unit on each of its sides. The sides of a unit follow one another at once, the base first
     * in one round and the head in the next: what changes on the machine within minutes meets both.
     *
     * @param look folder of the results, for the first look and the second apart
     */
    void run(String look, int count, Map<Unit, List<Side>> units) throws IOException {
        for (int round = 0; round < count; round++) {
            int number = 0;
            for (Map.Entry<Unit, List<Side>> unit : units.entrySet()) {
                log.accept(String.format(
                        "%s, fork %d of %d, %d of %d: %s",
                        look, round + 1, count, ++number, units.size(), unit.getKey()));
                List<Side> turns = new ArrayList<>(unit.getValue());
                Collections.rotate(turns, round);
                for (Side side : turns) {
                    String name = String.format("fork-%03d-%04d", round + 1, number);
                    fork(side, Files.createDirectories(folder(look, side.name)), name, unit.getKey());
                }
            }
        }
    }

    private void fork(Side side, Path results, String name, Unit unit) throws IOException {
        Path file = results.resolve(name + ".json");
        List<String> command = command(side, unit.arguments());
        command.addAll(List.of("-f", "1", "-prof", "gc", "-foe", "true"));
        command.addAll(List.of("-rf", "json", "-rff", file.toString()));
        command.addAll(withoutParameters());
        Programs.run(directory, results.resolve(name + ".log"), command);
    }

    private List<String> command(Side side, List<String> more) {
        List<String> command =
                new ArrayList<>(List.of(java.toString(), "-cp", side.jar.toString(), "org.openjdk.jmh.Main"));
        command.addAll(more);
        return command;
    }

    /** The arguments less what they say of parameters, which chose the units and is in them. */
    private List<String> withoutParameters() {
        List<String> rest = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            if (arguments.get(i).equals("-p")) {
                i++;
            } else {
                rest.add(arguments.get(i));
            }
        }
        return rest;
    }

    /** All that one side has measured in one look; empty when nothing of it ran. */
    SortedMap<String, Measurement> results(String look, String side) throws IOException {
        Path folder = folder(look, side);
        return Files.isDirectory(folder) ? JmhResults.read(folder) : new TreeMap<>();
    }

    private Path folder(String look, String side) {
        return directory.resolve(look).resolve(side);
    }
}
