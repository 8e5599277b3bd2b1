package dev.aorta.jmhgate;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What heads have measured over time: a file with a JSON object a line, only ever appended to.
 *
 * @param entries from the oldest
 */
record History(List<Entry> entries) {
    /** Most runs that a trend shows. */
    static final int SHOWN = 20;

    private static final Gson GSON = new GsonBuilder()
            .setStrictness(Strictness.STRICT)
            .disableHtmlEscaping()
            .create();
    private static final String BARS = "▁▂▃▄▅▆▇█";

    /**
     * One run.
     *
     * @param date with time and zone, ISO 8601
     * @param ref what was measured, as git describes it
     * @param machine that it was measured on
     * @param passed whether the gate let it pass
     * @param benchmarks by benchmark, parameters and mode
     */
    record Entry(String date, String ref, String machine, boolean passed, Map<String, Point> benchmarks) {

        /** What the head of a report measured. */
        static Entry of(String date, String ref, String machine, Report report) {
            Map<String, Point> points = new TreeMap<>();
            report.comparisons().forEach(c -> points.put(c.key(), Point.of(c.head())));
            report.added().forEach((key, measurement) -> points.put(key, Point.of(measurement)));
            return new Entry(date, ref, machine, report.passes(), points);
        }
    }

    /**
     * One benchmark of a run.
     *
     * @param median of the forks
     * @param unit of it
     * @param forks how many
     * @param bytes an operation; null when it was not measured
     * @param jvm that ran it
     */
    record Point(
            double median, String unit, int forks, @Nullable Double bytes, String jvm) {
        static Point of(Measurement m) {
            Double bytes = m.allocations().length == 0 ? null : Double.valueOf(Shift.median(m.allocations()));
            return new Point(m.median(), m.unit(), m.scores().length, bytes, m.jvm());
        }
    }

    /**
     * Reads a history; a file that is not there is an empty one.
     *
     * @throws IOException naming file and line, when it is something else
     */
    static History read(Path file) throws IOException {
        List<Entry> entries = new ArrayList<>();
        if (Files.exists(file)) {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                try {
                    entries.add(checked(GSON.fromJson(lines.get(i), Entry.class)));
                } catch (JsonParseException | IllegalArgumentException e) {
                    throw new IOException(
                            file + ":" + (i + 1) + ": not a line of a history: " + JmhResults.reason(e)
                                    + "; mend or delete the line",
                            e);
                }
            }
        }
        return new History(entries);
    }

    /** Gson leaves out what a line leaves out. */
    @SuppressWarnings("ConstantConditions")
    private static Entry checked(@Nullable Entry entry) {
        if (entry == null || entry.date == null || entry.machine == null || entry.benchmarks == null) {
            throw new IllegalArgumentException("it wants date, ref, machine, passed and benchmarks");
        }
        entry.benchmarks.forEach((key, point) -> {
            if (point == null || point.unit == null || !(point.median > 0)) {
                throw new IllegalArgumentException(key + " wants a median above 0 and a unit");
            }
        });
        return entry;
    }

    /** Adds a line to the file, which is made when it is not there. */
    static void append(Path file, Entry entry) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(
                file,
                GSON.toJson(entry) + "\n",
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    /**
     * The last runs of a benchmark on one machine with one JVM: a bar each, the lowest and the highest median as the ends, and by how
     * much the last is over the first. Empty when there are fewer than two.
     */
    String trend(String key, String machine, Measurement now) {
        List<Double> medians = new ArrayList<>();
        for (Entry entry : entries) {
            Point point = entry.benchmarks.get(key);
            if (point != null
                    && entry.machine.equals(machine)
                    && point.unit.equals(now.unit())
                    && now.jvm().equals(point.jvm)) {
                medians.add(point.median);
            }
        }
        medians.add(now.median());
        List<Double> shown = medians.subList(Math.max(0, medians.size() - SHOWN), medians.size());
        if (shown.size() < 2) {
            return "";
        }
        double change = 100 * (shown.get(shown.size() - 1) / shown.get(0) - 1);
        return String.format(Locale.ROOT, "%s %+.1f %% in %d runs", bars(shown), change, shown.size());
    }

    /** A character a value, as high as it is between the least and the greatest. */
    static String bars(List<Double> values) {
        double least = values.stream().mapToDouble(v -> v).min().orElseThrow();
        double range = values.stream().mapToDouble(v -> v).max().orElseThrow() - least;
        StringBuilder bars = new StringBuilder();
        for (double value : values) {
            int height = range == 0 ? 0 : (int) Math.round((value - least) / range * (BARS.length() - 1));
            bars.append(BARS.charAt(height));
        }
        return bars.toString();
    }
}
