package dev.aorta.jmhgate;

import java.util.Locale;

/** A report as GitHub-flavoured Markdown, for a pull request's comment or a job's summary. */
final class Markdown {
    private Markdown() {}

    /**
     * The whole text.
     *
     * @param title what was compared with what
     * @param history of earlier runs; an empty one leaves the trend out
     * @param machine that the trend is for
     */
    static String of(Report report, String title, History history, String machine) {
        StringBuilder s = new StringBuilder();
        s.append("### ")
                .append(text(report.conclusion()))
                .append("\n\n")
                .append(text(title))
                .append("\n\n");
        boolean trends = !history.entries().isEmpty();
        if (!report.comparisons().isEmpty()) {
            s.append("| | benchmark | base | head | time | ")
                    .append(report.interval())
                    .append(" | p | bytes/op |")
                    .append(trends ? " trend |" : "")
                    .append("\n|---|---|---:|---:|---:|---|---:|---:|")
                    .append(trends ? "---|" : "")
                    .append('\n');
        }
        for (Comparison c : report.comparisons()) {
            s.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.4g | %.4g %s | %+.1f %% | %+.1f to %+.1f %% | %.4f | %s |",
                    c.fails() ? "**" + c.verdict() + "**" : c.verdict(),
                    text(c.key()),
                    c.base().median(),
                    c.head().median(),
                    text(c.head().unit()),
                    100 * (c.ratio() - 1),
                    100 * Math.expm1(c.time().low()),
                    100 * Math.expm1(c.time().high()),
                    c.p(),
                    c.allocation()
                            .map(a -> String.format(Locale.ROOT, "%+.0f", a.estimate()))
                            .orElse("")));
            if (trends) {
                s.append(' ').append(history.trend(c.key(), machine, c.head())).append(" |");
            }
            s.append('\n');
        }
        if (!report.missing().isEmpty()) {
            s.append("\nOnly in the base: ")
                    .append(text(String.join(", ", report.missing())))
                    .append(".\n");
        }
        if (!report.added().isEmpty()) {
            s.append("\nOnly in the head: ")
                    .append(text(String.join(", ", report.added().keySet())))
                    .append(".\n");
        }
        report.notes().forEach(note -> s.append("\nNote: ").append(text(note)).append(".\n"));
        return s.append(String.format(
                        Locale.ROOT,
                        "%nFails: one-sided exact p at most %s and over %s %% slower, or 8 bytes/op more. %s.%n",
                        Report.number(report.rules().alpha()),
                        Report.number(100 * report.rules().threshold()),
                        text(machine)))
                .toString();
    }

    /** Text that is neither markup nor the end of a cell. */
    private static String text(String plain) {
        return plain.replaceAll("[\\\\`*_\\[\\]<>|~#]", "\\\\$0").replaceAll("\\s+", " ");
    }
}
