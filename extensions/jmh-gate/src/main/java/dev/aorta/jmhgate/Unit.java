package dev.aorta.jmhgate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What JMH measures in one run: a benchmark with one value of each of its parameters, in all its modes.
 *
 * @param benchmark full name of the method
 * @param parameters by name
 */
record Unit(String benchmark, SortedMap<String, String> parameters) {
    private static final Pattern PARAMETER = Pattern.compile(" +param \"(.+)\" = \\{(.*)}");

    /** Reads what JMH prints with {@code -lp}: each benchmark, and below it the values of each of its parameters. */
    static List<Unit> listed(String text) {
        List<Unit> all = new ArrayList<>();
        List<Unit> ofBenchmark = List.of();
        for (String line : text.lines().skip(1).toList()) {
            Matcher parameter = PARAMETER.matcher(line);
            if (parameter.matches()) {
                ofBenchmark = withEach(ofBenchmark, parameter.group(1), parameter.group(2));
            } else {
                all.addAll(ofBenchmark);
                ofBenchmark = List.of(new Unit(line.strip(), new TreeMap<>()));
            }
        }
        all.addAll(ofBenchmark);
        return all;
    }

    private static List<Unit> withEach(List<Unit> units, String name, String values) {
        List<Unit> all = new ArrayList<>();
        for (Unit unit : units) {
            for (String value : values.split(", ", -1)) {
                SortedMap<String, String> parameters = new TreeMap<>(unit.parameters);
                parameters.put(name, value);
                all.add(new Unit(unit.benchmark, parameters));
            }
        }
        return all;
    }

    /** Arguments by which JMH runs this and nothing else. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of("^" + Pattern.quote(benchmark) + "$"));
        parameters.forEach((name, value) -> arguments.addAll(List.of("-p", name + "=" + value)));
        return arguments;
    }

    /** True for the measurement of this in one of its modes. */
    boolean measures(String key) {
        return key.startsWith(this + " [");
    }

    /** The name and the parameters, as a measurement is called. */
    @Override
    public String toString() {
        StringBuilder s = new StringBuilder(benchmark);
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            s.append(' ').append(parameter.getKey()).append('=').append(parameter.getValue());
        }
        return s.toString();
    }
}
