package dev.aorta.jmhgate;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the JSON that JMH writes with {@code -rf json}. */
final class JmhResults {
    private static final String ALLOCATION = "gc.alloc.rate.norm";
    private static final Gson GSON =
            new GsonBuilder().setStrictness(Strictness.STRICT).create();

    private JmhResults() {}

    /** A member of JMH's array, in JMH's names. */
    private record Result(
            @Nullable String benchmark,
            @Nullable String mode,
            @Nullable Map<String, String> params,
            @Nullable String vmName,
            @Nullable String jdkVersion,
            @Nullable Metric primaryMetric,
            @Nullable Map<String, Metric> secondaryMetrics) {

        String key() throws IOException {
            StringBuilder key = new StringBuilder(require("benchmark", benchmark));
            if (params != null) {
                params.forEach((name, value) ->
                        key.append(' ').append(name).append('=').append(value));
            }
            return key.append(" [").append(require("mode", mode)).append(']').toString();
        }

        Measurement measurement() throws IOException {
            Metric primary = require("primaryMetric", primaryMetric);
            if ("sample".equals(mode)) {
                throw new IOException(
                        benchmark + ": mode 'sample' holds histograms; measure in mode avgt, thrpt or ss");
            }
            double[] scores = primary.forks();
            for (double score : scores) {
                if (!(score > 0 && score < Double.POSITIVE_INFINITY)) {
                    throw new IOException(benchmark + ": a fork scored " + score + ", which cannot be compared");
                }
            }
            Metric allocation = secondaryMetrics == null ? null : secondaryMetrics.get(ALLOCATION);
            return new Measurement(
                    require("primaryMetric.scoreUnit", primary.scoreUnit),
                    "thrpt".equals(mode),
                    scores,
                    allocation == null ? new double[0] : allocation.forks(),
                    vmName == null ? "unknown" : vmName + " " + jdkVersion);
        }
    }

    private record Metric(
            @Nullable String scoreUnit, @Nullable List<List<Double>> rawData) {
        /** Median of the iterations of each fork. */
        double[] forks() throws IOException {
            List<List<Double>> raw = require("rawData", rawData);
            double[] medians = new double[raw.size()];
            for (int f = 0; f < medians.length; f++) {
                List<Double> iterations = raw.get(f);
                if (iterations == null || iterations.isEmpty() || iterations.contains(null)) {
                    throw new IOException("fork " + (f + 1) + " has no iterations");
                }
                medians[f] = Shift.median(
                        iterations.stream().mapToDouble(Double::doubleValue).toArray());
            }
            return medians;
        }
    }

    /**
     * The measurements in a result file, or in all {@code .json} files of a directory in the order of their names; forks
     * of the same benchmark are joined.
     *
     * @return by benchmark, parameters and mode
     * @throws IOException naming the file, when it cannot be read or is not a JMH result
     */
    static SortedMap<String, Measurement> read(Path fileOrDirectory) throws IOException {
        SortedMap<String, Measurement> all = new TreeMap<>();
        for (Path file : files(fileOrDirectory)) {
            try (Reader reader = Files.newBufferedReader(file)) {
                add(reader, all);
            } catch (NoSuchFileException e) {
                throw new IOException("no file " + file, e);
            } catch (IOException | JsonParseException | IllegalArgumentException e) {
                throw new IOException(
                        file + ": not a result of JMH: " + reason(e) + "; run it with -rf json -rff FILE", e);
            }
        }
        return all;
    }

    /** Adds the measurements of a text of JMH's. */
    static void add(Reader json, SortedMap<String, Measurement> all) throws IOException {
        Result[] results = GSON.fromJson(json, Result[].class);
        if (results == null) {
            throw new IOException("it is empty");
        }
        for (Result result : results) {
            all.merge(result.key(), result.measurement(), Measurement::and);
        }
    }

    private static List<Path> files(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return List.of(path);
        }
        try (Stream<Path> inside = Files.list(path)) {
            List<Path> files =
                    inside.filter(p -> p.toString().endsWith(".json")).sorted().toList();
            if (files.isEmpty()) {
                throw new IOException(path + ": no .json file of JMH in it");
            }
            return files;
        }
    }

    /** What is wrong with a text, without Gson's advice to its programmers. */
    static String reason(Exception e) {
        return String.valueOf(e.getMessage())
                .replaceFirst("(?s)\\nSee https.*", "")
                .replaceFirst(".*Exception: ", "")
                .replaceFirst("Use JsonReader.* to accept malformed JSON", "malformed JSON");
    }

    private static <T> T require(String name, @Nullable T value) throws IOException {
        if (value == null) {
            throw new IOException("no '" + name + "'");
        }
        return value;
    }
}
