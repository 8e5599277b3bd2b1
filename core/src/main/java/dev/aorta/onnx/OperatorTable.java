package dev.aorta.onnx;

import dev.aorta.onnx.OnnxCheck.Result;
import dev.aorta.onnx.OnnxCheck.Verdict;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The table of operators in {@code docs/onnx.md}: which are supported, and in how many checked models each occurs. */
public final class OperatorTable {
    private OperatorTable() {}

    /**
     * {@return the table in Markdown, of every operator that is supported or occurs}
     *
     * @param results of all models
     */
    public static String markdown(List<Result> results) {
        Map<String, Map<Verdict, Integer>> counts = new TreeMap<>();
        Onnx.operators().forEach(name -> counts.put(name, new EnumMap<>(Verdict.class)));
        for (Result result : results) {
            for (String operator : result.operators().keySet()) {
                counts.computeIfAbsent(operator, o -> new EnumMap<>(Verdict.class))
                        .merge(result.verdict(), 1, Integer::sum);
            }
        }
        StringBuilder table =
                new StringBuilder("| operator | supported | right | wrong | refused |\n|---|---|---|---|---|\n");
        counts.forEach((operator, count) -> table.append(String.format(
                "| %s | %s | %s | %s | %s |%n",
                operator,
                Onnx.operators().contains(operator) ? "yes" : "no",
                number(count, Verdict.RIGHT),
                number(count, Verdict.WRONG),
                number(count, Verdict.REFUSED))));
        return table.toString().replace(System.lineSeparator(), "\n");
    }

    private static String number(Map<Verdict, Integer> counts, Verdict verdict) {
        return counts.containsKey(verdict) ? String.valueOf(counts.get(verdict)) : "";
    }
}
