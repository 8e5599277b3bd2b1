package dev.aorta.cuda;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The figures of {@link GpuCheck}. */
final class GpuRows {
    /**
     * A figure.
     *
     * @param what was measured
     * @param how it was computed
     * @param ms milliseconds, or null when there is no figure
     * @param rate work for each millisecond
     * @param unit of the rate, or why there is no figure
     * @param share of the ceiling, in percent, where there is one
     */
    record Row(
            String what,
            String how,
            @Nullable Double ms,
            @Nullable Double rate,
            String unit,
            @Nullable Double share) {
        Map<String, Object> json() {
            var json = new LinkedHashMap<String, Object>();
            json.put("what", what);
            json.put("how", how);
            json.put("ms", ms == null ? "-" : ms);
            json.put("rate", rate == null ? "-" : rate);
            json.put("unit", unit);
            if (share != null) {
                json.put("percent of the ceiling", share);
            }
            return json;
        }
    }

    private final List<Row> all = new ArrayList<>();

    List<Row> all() {
        return all;
    }

    /**
     * Adds a figure.
     *
     * @param work in units times milliseconds
     * @return the rate
     */
    double measured(String what, String how, double ms, double work, String unit) {
        all.add(new Row(what, how, rounded(ms), rounded(work / ms), unit, null));
        return work / ms;
    }

    /** Adds a figure, {@code ceiling} being the rate that cannot be surpassed. */
    void measured(String what, String how, double ms, double work, String unit, double ceiling) {
        all.add(new Row(what, how, rounded(ms), rounded(work / ms), unit, rounded(100 * work / ms / ceiling)));
    }

    void missing(String what, String how, @Nullable String why) {
        all.add(new Row(
                what, how, null, null, String.valueOf(why).lines().findFirst().orElse(""), null));
    }

    static double rounded(double v) {
        return Double.parseDouble(String.format(Locale.ROOT, "%.4g", v));
    }

    static List<Map<String, Object>> json(List<Row> rows) {
        return rows.stream().map(Row::json).toList();
    }

    /** The rows one below the other. */
    static String table(List<Row> rows) {
        var table = new StringBuilder();
        for (var row : json(rows)) {
            table.append(String.format(
                    Locale.ROOT,
                    "%-52s %-24s %10s ms %10s %s%s%n",
                    row.get("what"),
                    row.get("how"),
                    row.get("ms"),
                    row.get("rate"),
                    row.get("unit"),
                    row.containsKey("percent of the ceiling")
                            ? ", " + row.get("percent of the ceiling") + " % of the ceiling"
                            : ""));
        }
        return table.toString();
    }
}
