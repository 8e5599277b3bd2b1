package dev.aorta.bench.gate;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.apache.commons.math3.stat.StatUtils;

/** Reads the JSON that JMH writes with {@code -rf json}. */
final class JmhResults {
    private static final String ALLOCATION = "gc.alloc.rate.norm";

    private JmhResults() {}

    /**
     * The measurements in a result file, or in all {@code .json} files of a directory; forks of the same benchmark are joined.
     *
     * @return by benchmark, parameters and mode
     * @throws IOException naming the file, when it cannot be read or is not a JMH result
     */
    static SortedMap<String, Measurement> read(Path fileOrDirectory) throws IOException {
        SortedMap<String, Measurement> all = new TreeMap<>();
        for (Path file : files(fileOrDirectory)) {
            try {
                for (Json result : Json.parse(Files.readAllBytes(file)).asList()) {
                    all.merge(key(result), measurement(result), JmhResults::join);
                }
            } catch (FormatException e) {
                throw new FormatException(
                        file + ": not a result of JMH: " + e.getMessage() + "; run it with -rf json -rff FILE", e);
            }
        }
        return all;
    }

    private static List<Path> files(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (Stream<Path> inside = Files.list(path)) {
            return inside.filter(p -> p.toString().endsWith(".json")).sorted().toList();
        }
    }

    private static String key(Json result) throws FormatException {
        StringBuilder key = new StringBuilder(result.get("benchmark").asText());
        Json params = result.asObject().get("params");
        if (params != null) {
            for (var p : params.asObject().entrySet()) {
                key.append(' ')
                        .append(p.getKey())
                        .append('=')
                        .append(p.getValue().asText());
            }
        }
        return key.append(" [").append(result.get("mode").asText()).append(']').toString();
    }

    private static Measurement measurement(Json result) throws FormatException {
        Json metric = result.get("primaryMetric");
        String mode = result.get("mode").asText();
        if (mode.equals("sample")) {
            throw new FormatException("mode 'sample' holds histograms; measure in mode avgt, thrpt or ss");
        }
        Json allocation = result.get("secondaryMetrics").asObject().get(ALLOCATION);
        return new Measurement(
                metric.get("scoreUnit").asText(),
                mode.equals("thrpt"),
                forks(metric),
                allocation == null ? new double[0] : forks(allocation));
    }

    /** Median of the iterations of each fork. */
    private static double[] forks(Json metric) throws FormatException {
        List<Json> forks = metric.get("rawData").asList();
        double[] medians = new double[forks.size()];
        for (int f = 0; f < medians.length; f++) {
            List<Json> values = forks.get(f).asList();
            double[] iterations = new double[values.size()];
            for (int i = 0; i < iterations.length; i++) {
                iterations[i] = values.get(i).asDouble();
            }
            medians[f] = StatUtils.percentile(iterations, 50);
        }
        return medians;
    }

    private static Measurement join(Measurement a, Measurement b) {
        if (!a.unit().equals(b.unit())) {
            throw new IllegalArgumentException(
                    "one benchmark in " + a.unit() + " and in " + b.unit() + "; use one unit");
        }
        return new Measurement(
                a.unit(), a.higherIsBetter(), concat(a.scores(), b.scores()), concat(a.allocations(), b.allocations()));
    }

    private static double[] concat(double[] a, double[] b) {
        return DoubleStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
    }
}
