package dev.aorta.unet.report;

import dev.aorta.metric.Scores;
import dev.aorta.train.EpochScores;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.train.Scoring;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Trainings beside one another: what they came to, and the settings in which they differ.
 *
 * @param runs in their order
 * @param columns names of facts
 */
public record RunTable(List<RunSummary> runs, List<String> columns) {
    private static final Pattern CONDITION = Pattern.compile("([\\w./-]+)(<=|>=|!=|=|<|>)(.*)");
    private static final List<String> FIRST = List.of("run", "state", "val_dice", "best_epoch", "minutes");

    /** With the settings that are not the same in all runs. */
    public static RunTable of(List<RunSummary> runs) {
        Set<String> columns = new LinkedHashSet<>(FIRST);
        for (String name : names(runs)) {
            boolean setting = !name.startsWith("environment.") && !name.startsWith("val_") && !name.equals("command");
            if (setting && runs.stream().map(r -> r.fact(name)).distinct().count() > 1) {
                columns.add(name);
            }
        }
        return new RunTable(runs, List.copyOf(columns));
    }

    private static Set<String> names(List<RunSummary> runs) {
        Set<String> names = new LinkedHashSet<>();
        runs.forEach(r -> names.addAll(r.facts().keySet()));
        return names;
    }

    /**
     * The runs for which a condition holds, such as {@code val_dice>=0.9} or {@code loss=ce}.
     *
     * @throws IllegalArgumentException if it is none, or no run knows its fact
     */
    public static List<RunSummary> where(List<RunSummary> runs, String condition) {
        Matcher m = CONDITION.matcher(condition);
        if (!m.matches()) {
            throw new IllegalArgumentException("'" + condition + "' is no condition; as in val_dice>=0.9 or loss=ce");
        }
        requireKnown(runs, m.group(1));
        return runs.stream()
                .filter(r -> holds(r.fact(m.group(1)), m.group(2), m.group(3)))
                .toList();
    }

    private static void requireKnown(List<RunSummary> runs, String name) {
        if (!runs.isEmpty() && runs.stream().noneMatch(r -> r.facts().containsKey(name))) {
            throw new IllegalArgumentException(
                    "no run has '" + name + "'; there are " + String.join(", ", names(runs)));
        }
    }

    private static boolean holds(String fact, String operator, String value) {
        OptionalDouble left = number(fact);
        OptionalDouble right = number(value);
        boolean numbers = left.isPresent() && right.isPresent();
        int order = numbers ? Double.compare(left.getAsDouble(), right.getAsDouble()) : fact.compareTo(value);
        return switch (operator) {
            case "=" -> order == 0;
            case "!=" -> order != 0;
            case "<" -> numbers && order < 0;
            case "<=" -> numbers && order <= 0;
            case ">" -> numbers && order > 0;
            default -> numbers && order >= 0;
        };
    }

    private static OptionalDouble number(String text) {
        try {
            return OptionalDouble.of(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    /** The same, the largest of a fact first; those that are no numbers stand last. */
    public RunTable sortedBy(String name) {
        requireKnown(runs, name);
        Comparator<RunSummary> largest =
                Comparator.comparingDouble(r -> -number(r.fact(name)).orElse(Double.NEGATIVE_INFINITY));
        return new RunTable(runs.stream().sorted(largest).toList(), columns);
    }

    /** The cells, a list for each run. */
    public List<List<String>> rows() {
        return runs.stream().map(r -> columns.stream().map(r::fact).toList()).toList();
    }

    /** Lines of text in columns. */
    public List<String> lines() {
        List<List<String>> all =
                Stream.concat(Stream.of(columns), rows().stream()).toList();
        List<String> lines = new ArrayList<>();
        for (List<String> row : all) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                int column = i;
                int width =
                        all.stream().mapToInt(r -> r.get(column).length()).max().orElse(0);
                line.append(row.get(i)).append(" ".repeat(width - row.get(i).length() + 2));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    /** A page with the table and the curves of all laid over each other. */
    public String page() throws IOException {
        SequencedMap<String, List<EpochScores>> curves = new LinkedHashMap<>();
        for (RunSummary r : runs) {
            if (!r.history().isEmpty()) {
                curves.put(r.fact("run"), r.history());
            }
        }
        StringBuilder body = new StringBuilder();
        if (!curves.isEmpty()) {
            body.append("<h2>Curves</h2>\n<div class=\"charts\">\n");
            for (String score : List.of(Scores.LOSS, Scoring.BEST.score())) {
                body.append(Report.chart(
                        "Validation " + score + " of each run against the epoch", () -> Charts.overlay(score, curves)));
            }
            body.append("</div>\n<p class=\"soft keys\">");
            int number = 0;
            for (String run : curves.keySet()) {
                body.append("<span><span class=\"key\" style=\"background: %s\"></span>%s</span>\n"
                        .formatted(Charts.key(number++), PlainText.html(run)));
            }
            body.append("</p>\n");
        }
        body.append("<h2>Runs</h2>\n").append(Page.table(columns, rows()));
        return Page.of(runs.size() + " trainings", body.toString());
    }
}
