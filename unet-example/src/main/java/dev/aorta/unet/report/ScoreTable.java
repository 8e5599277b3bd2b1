package dev.aorta.unet.report;

import dev.aorta.io.FormatException;
import dev.aorta.unet.clinical.ClinicalEvaluation;
import dev.aorta.unet.clinical.ContourScore;
import dev.aorta.unet.clinical.Evaluation;
import dev.aorta.unet.clinical.PatientScores;
import dev.aorta.unet.clinical.PatientScores.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * A table of patients or of levels, as text.
 *
 * @param heads of the columns
 */
public record ScoreTable(List<String> heads, List<List<String>> rows) {
    /** Mean Dice of each patient, and where the slices say how large pixels are, distances, what was missed, and ejection fractions. */
    public static ScoreTable patients(Evaluation evaluation) throws FormatException {
        if (!evaluation.isScaled()) {
            return new ScoreTable(
                    List.of("patient", "dice"),
                    evaluation.patients().entrySet().stream()
                            .map(e -> List.of(e.getKey(), number("%.4f", e.getValue())))
                            .toList());
        }
        List<List<String>> rows = new ArrayList<>();
        for (PatientScores p : evaluation.clinical(0).patients()) {
            ClinicalEvaluation one = new ClinicalEvaluation(List.of(p), 0);
            rows.add(Stream.of(
                            List.of(p.patient()),
                            scores(one::mean),
                            List.of(
                                    Integer.toString(one.missed()),
                                    Integer.toString(one.spurious()),
                                    number("%.1f", p.ours().ejection()),
                                    number("%.1f", p.expert().ejection())))
                    .flatMap(List::stream)
                    .toList());
        }
        return new ScoreTable(
                List.of("patient", "dice", "apd, mm", "hd95, mm", "missed", "spurious", "ef, %", "expert's ef, %"),
                rows);
    }

    /** Dice and distances at the base, in the middle and at the apex; no row where the slices do not say their places. */
    public static ScoreTable levels(Evaluation evaluation) throws FormatException {
        List<List<String>> rows = new ArrayList<>();
        if (evaluation.isScaled()) {
            ClinicalEvaluation all = evaluation.clinical(0);
            for (Level level : Level.values()) {
                if (!Double.isNaN(all.mean(level, ContourScore::dice))) {
                    rows.add(Stream.concat(Stream.of(level.text()), scores(s -> all.mean(level, s)).stream())
                            .toList());
                }
            }
        }
        return new ScoreTable(List.of("level", "dice", "apd, mm", "hd95, mm"), rows);
    }

    private interface Mean {
        double of(ToDoubleFunction<ContourScore> score);
    }

    private static List<String> scores(Mean mean) {
        return List.of(
                number("%.4f", mean.of(ContourScore::dice)),
                number("%.2f", mean.of(ContourScore::perpendicular)),
                number("%.2f", mean.of(ContourScore::hausdorff95)));
    }

    private static String number(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "–";
    }
}
