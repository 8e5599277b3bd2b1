package dev.aorta.jmhgate;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Two builds side by side.
 *
 * @param rules that decided
 * @param comparisons benchmarks in both
 * @param missing benchmarks only in the base
 * @param added benchmarks only in the head, with what they measured
 * @param notes what else a reader must know, a sentence each
 */
record Report(
        Rules rules,
        List<Comparison> comparisons,
        SortedSet<String> missing,
        SortedMap<String, Measurement> added,
        List<String> notes) {

    /** Compares what both builds measured. */
    static Report of(SortedMap<String, Measurement> base, SortedMap<String, Measurement> head, Rules rules) {
        List<Comparison> both = new ArrayList<>();
        SortedSet<String> missing = new TreeSet<>(base.keySet());
        missing.removeAll(head.keySet());
        SortedMap<String, Measurement> added = new TreeMap<>(head);
        added.keySet().removeAll(base.keySet());
        SortedSet<String> jvms = new TreeSet<>();
        base.forEach((key, b) -> {
            Measurement h = head.get(key);
            if (h != null) {
                both.add(Comparison.of(key, b, h, rules));
                if (!b.jvm().equals(h.jvm())) {
                    jvms.add("base ran on " + b.jvm() + ", head on " + h.jvm() + ": what differs may be the JVM's");
                }
            }
        });
        return new Report(rules, both, missing, added, List.copyOf(jvms));
    }

    /** This report of a first look, with {@code decisive} rules and with what was measured again of its failures. */
    Report and(Map<String, Measurement> moreOfBase, Map<String, Measurement> moreOfHead, Rules decisive) {
        List<Comparison> all = comparisons.stream()
                .map(c -> c.decidedBy(decisive, moreOfBase.get(c.key()), moreOfHead.get(c.key())))
                .toList();
        return new Report(decisive, all, missing, added, notes);
    }

    /** This report with another note. */
    Report with(String note) {
        List<String> more = new ArrayList<>(notes);
        more.add(note);
        return new Report(rules, comparisons, missing, added, List.copyOf(more));
    }

    /** The comparisons that fail the gate. */
    List<Comparison> failures() {
        return comparisons.stream().filter(Comparison::fails).toList();
    }

    /** True when something was compared and nothing got worse. */
    boolean passes() {
        return !comparisons.isEmpty() && failures().isEmpty();
    }

    /** {@code PASS} or {@code FAIL} and why, in a line. */
    String conclusion() {
        if (comparisons.isEmpty()) {
            return "FAIL: base and head have no benchmark in common, so nothing was compared";
        }
        long slower = comparisons.stream().filter(Comparison::slower).count();
        long allocating = comparisons.stream().filter(Comparison::allocatesMore).count();
        String counts = comparisons.size() + " compared, " + slower + " slower, " + allocating + " allocating more, "
                + missing.size() + " missing, " + added.size() + " new";
        return (passes() ? "PASS: " : "FAIL: ") + counts;
    }

    /** How the interval is called in tables. */
    String interval() {
        return number(100 * (1 - 2 * rules.alpha())) + " % interval";
    }

    /** The table, the notes, and the conclusion. */
    @Override
    public String toString() {
        StringBuilder s = new StringBuilder();
        line(s, "%-17s %12s %12s  %-7s %-16s %-6s %14s", "", "base", "head", "ratio", interval(), "p", "bytes/op");
        for (Comparison c : comparisons) {
            line(
                    s,
                    "%-17s %12.4g %12.4g  %-7.3f %-16s %-6.4f %14s  %s (%s)",
                    c.verdict(),
                    c.base().median(),
                    c.head().median(),
                    c.ratio(),
                    String.format(
                            Locale.ROOT,
                            "%.3f..%.3f",
                            Math.exp(c.time().low()),
                            Math.exp(c.time().high())),
                    c.p(),
                    c.allocation()
                            .map(a -> String.format(Locale.ROOT, "%+.0f", a.estimate()))
                            .orElse("-"),
                    c.key(),
                    c.head().unit());
        }
        missing.forEach(key -> line(s, "%-17s %s", "MISSING", key));
        added.keySet().forEach(key -> line(s, "%-17s %s", "NEW", key));
        notes.forEach(note -> line(s, "note: %s", note));
        return s.append(conclusion()).toString();
    }

    /** At most four digits, and no more than it takes. */
    static String number(double value) {
        return new BigDecimal(value)
                .round(new MathContext(4))
                .stripTrailingZeros()
                .toPlainString();
    }

    private static void line(StringBuilder s, String format, Object... values) {
        s.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
