package dev.aorta.serve;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * Counters, gauges and histograms as Prometheus reads them.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">the format</a>
 */
public final class Metrics {
    /** Content type of the text. */
    static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double[] BOUNDS = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

    private enum Kind {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    private record Family(Kind kind, String help, Map<String, Object> series) {}

    private final Map<String, Family> families = new ConcurrentSkipListMap<>();

    private static final class Histogram {
        private final LongAdder[] counts = new LongAdder[BOUNDS.length + 1];
        private final DoubleAdder sum = new DoubleAdder();

        Histogram() {
            for (int i = 0; i < counts.length; i++) {
                counts[i] = new LongAdder();
            }
        }

        void observe(double value) {
            int bin = 0;
            while (bin < BOUNDS.length && value > BOUNDS[bin]) {
                bin++;
            }
            counts[bin].increment();
            sum.add(value);
        }
    }

    private Family family(String name, Kind kind, String help) {
        return families.computeIfAbsent(name, n -> new Family(kind, help, new ConcurrentHashMap<>()));
    }

    /**
     * Adds to a counter.
     *
     * @param name ending in {@code _total}
     * @param help what is counted
     * @param amount 0 or more
     * @param labels names and values by turns
     */
    public void count(String name, String help, double amount, String... labels) {
        Object series =
                family(name, Kind.COUNTER, help).series().computeIfAbsent(labels(labels), l -> new DoubleAdder());
        ((DoubleAdder) series).add(amount);
    }

    /**
     * Notes a duration.
     *
     * @param name ending in {@code _seconds}
     * @param help what is measured
     * @param seconds of it
     * @param labels names and values by turns
     */
    public void observe(String name, String help, double seconds, String... labels) {
        Object series =
                family(name, Kind.HISTOGRAM, help).series().computeIfAbsent(labels(labels), l -> new Histogram());
        ((Histogram) series).observe(seconds);
    }

    /**
     * Shows a number that goes up and down; a later one of the same name and labels takes its place.
     *
     * @param name of the gauge
     * @param help what is shown
     * @param value is asked at each scrape
     * @param labels names and values by turns
     */
    public void gauge(String name, String help, DoubleSupplier value, String... labels) {
        family(name, Kind.GAUGE, help).series().put(labels(labels), value);
    }

    /** Takes a gauge away. */
    void remove(String name, String... labels) {
        Family family = families.get(name);
        if (family != null) {
            family.series().remove(labels(labels));
        }
    }

    private static String labels(String... labels) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < labels.length; i += 2) {
            String value =
                    labels[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
            text.append(i == 0 ? "" : ",")
                    .append(labels[i])
                    .append("=\"")
                    .append(value)
                    .append('"');
        }
        return text.toString();
    }

    /** {@return all as text} */
    public String text() {
        StringBuilder text = new StringBuilder();
        families.forEach((name, family) -> {
            text.append("# HELP %s %s\n# TYPE %s %s\n"
                    .formatted(name, family.help(), name, family.kind().name().toLowerCase(Locale.ROOT)));
            new TreeMap<>(family.series()).forEach((labels, series) -> {
                switch (series) {
                    case DoubleAdder counter -> line(text, name, labels, counter.sum());
                    case DoubleSupplier gauge -> line(text, name, labels, gauge.getAsDouble());
                    case Histogram histogram -> lines(text, name, labels, histogram);
                    default -> throw new AssertionError(series);
                }
            });
        });
        return text.toString();
    }

    private static void lines(StringBuilder text, String name, String labels, Histogram histogram) {
        String more = labels.isEmpty() ? "" : labels + ",";
        long count = 0;
        for (int i = 0; i <= BOUNDS.length; i++) {
            count += histogram.counts[i].sum();
            String bound = i == BOUNDS.length ? "+Inf" : Double.toString(BOUNDS[i]);
            line(text, name + "_bucket", more + "le=\"" + bound + "\"", count);
        }
        line(text, name + "_sum", labels, histogram.sum.sum());
        line(text, name + "_count", labels, count);
    }

    private static void line(StringBuilder text, String name, String labels, double value) {
        text.append(name);
        if (!labels.isEmpty()) {
            text.append('{').append(labels).append('}');
        }
        String number = Double.isNaN(value)
                ? "NaN"
                : value == Math.rint(value) && Math.abs(value) < 1e15
                        ? Long.toString((long) value)
                        : Double.toString(value);
        text.append(' ').append(number.replace("Infinity", "Inf")).append('\n');
    }
}
