package dev.aorta.bench.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.commons.math3.stat.StatUtils;

/**
 * Two builds side by side.
 *
 * @param comparisons benchmarks in both
 * @param missing benchmarks only in the base
 * @param added benchmarks only in the head
 */
record Report(List<Comparison> comparisons, SortedSet<String> missing, SortedSet<String> added) {

    /** Compares what both builds measured; arguments as for {@link Comparison#of}. */
    static Report of(
            SortedMap<String, Measurement> base, SortedMap<String, Measurement> head, double threshold, double alpha) {
        List<Comparison> both = new ArrayList<>();
        SortedSet<String> missing = new TreeSet<>(base.keySet());
        missing.removeAll(head.keySet());
        SortedSet<String> added = new TreeSet<>(head.keySet());
        added.removeAll(base.keySet());
        base.forEach((key, b) -> {
            Measurement h = head.get(key);
            if (h != null) {
                both.add(Comparison.of(key, b, h, threshold, alpha));
            }
        });
        return new Report(both, missing, added);
    }

    /** The comparisons that fail the gate. */
    List<Comparison> failures() {
        return comparisons.stream().filter(Comparison::fails).toList();
    }

    /** True when something was compared and nothing got worse. */
    boolean passes() {
        return !comparisons.isEmpty() && failures().isEmpty();
    }

    /** The table, and a last line that says whether the gate passes and why. */
    @Override
    public String toString() {
        StringBuilder s = new StringBuilder();
        line(
                s,
                "%-17s %12s %12s  %-7s %-16s %-6s %14s  %s",
                "",
                "base",
                "head",
                "ratio",
                "95 % interval",
                "p",
                "bytes/op",
                "");
        for (Comparison c : comparisons) {
            line(
                    s,
                    "%-17s %12.4g %12.4g  %-7.3f %-16s %-6.3f %14s  %s (%s)",
                    verdict(c),
                    StatUtils.percentile(c.base().scores(), 50),
                    StatUtils.percentile(c.head().scores(), 50),
                    c.ratio(),
                    String.format(
                            Locale.ROOT,
                            "%.3f..%.3f",
                            Math.exp(c.time().low()),
                            Math.exp(c.time().high())),
                    c.time().p(),
                    c.allocation()
                            .map(a -> String.format(Locale.ROOT, "%+.0f", a.estimate()))
                            .orElse("-"),
                    c.key(),
                    c.head().unit());
        }
        missing.forEach(key -> line(s, "%-17s %s", "MISSING", key));
        added.forEach(key -> line(s, "%-17s %s", "NEW", key));
        return s.append(conclusion()).toString();
    }

    private static String verdict(Comparison c) {
        String time = c.slower() ? "SLOWER" : c.faster() ? "faster" : "";
        return c.allocatesMore() ? (time + " ALLOCATES").strip() : time;
    }

    private String conclusion() {
        if (comparisons.isEmpty()) {
            return "FAIL: base and head have no benchmark in common, so nothing was compared";
        }
        long slower = comparisons.stream().filter(Comparison::slower).count();
        long allocating = comparisons.stream().filter(Comparison::allocatesMore).count();
        String counts = comparisons.size() + " compared, " + slower + " slower, " + allocating + " allocating more, "
                + missing.size() + " missing, " + added.size() + " new";
        return (passes() ? "PASS: " : "FAIL: ") + counts;
    }

    private static void line(StringBuilder s, String format, Object... values) {
        s.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
