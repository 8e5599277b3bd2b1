package dev.aorta.unet.registry;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.unet.clinical.ClinicalEvaluation;
import dev.aorta.unet.clinical.ContourScore;
import dev.aorta.unet.clinical.EvaluatedSlice;
import dev.aorta.unet.clinical.Evaluation;
import dev.aorta.unet.clinical.Volumes;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.report.Page;
import dev.aorta.unet.report.ScoreTable;
import dev.aorta.unet.train.RunRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The model card of a version: {@code README.md} with the YAML head that model hubs read, and {@code card.html}. */
final class ModelCard {
    private static final int WORST = 5;
    /** Dice from which on a slice is no failure. */
    private static final double GOOD = 0.8;

    private static final String USE =
            "Research on the segmentation of the left ventricle in short-axis cardiac MRI. It is not a"
                    + " medical device: nothing that it gives may be used to diagnose or to treat.";
    private static final List<String> LIMITS = List.of(
            "It was trained on the data below and on nothing else: other scanners, sequences, views, pathologies and ages are"
                    + " unknown to it.",
            "It gives a mask for every image, also for one without a heart, and does not say when it is out of its depth.",
            "Its confidence is to be trusted as far as the calibration error says, and no further.");

    private final String name;
    private final RunRecord record;
    private final Evaluation evaluation;

    private ModelCard(String name, RunRecord record, Evaluation evaluation) {
        this.name = name;
        this.record = record;
        this.evaluation = evaluation;
    }

    /**
     * Writes both files.
     *
     * @param name of the model and its version
     * @param evaluation on the validation slices
     */
    static void write(Path folder, String name, RunRecord record, Evaluation evaluation) throws IOException {
        ModelCard card = new ModelCard(name, record, evaluation);
        save(folder.resolve("README.md"), card.markdown());
        save(folder.resolve("card.html"), card.html());
    }

    private static void save(Path file, String text) throws IOException {
        AtomicFile.write(file, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "none" : String.format(Locale.ROOT, "%.4f", value);
    }

    private List<List<String>> scores() throws FormatException {
        Map.Entry<String, Double> patient = evaluation.worstPatient();
        List<List<String>> scores = new ArrayList<>(List.of(
                List.of("Dice, mean over " + evaluation.slices().size() + " slices", number(evaluation.dice())),
                List.of("Dice of the worst patient (" + patient.getKey() + ")", number(patient.getValue())),
                List.of(
                        "Dice of the worst slice (" + evaluation.worst().name() + ")",
                        number(evaluation.worst().dice())),
                List.of("Expected calibration error around the heart", number(evaluation.calibrationError())),
                List.of("Slices with a heart of which nothing was found", Integer.toString(evaluation.missed())),
                List.of("Slices without a heart where one was found", Integer.toString(evaluation.spurious()))));
        if (evaluation.isScaled()) {
            ClinicalEvaluation contours = evaluation.clinical(0);
            scores.add(
                    List.of("Average perpendicular distance, mm", number(contours.mean(ContourScore::perpendicular))));
            scores.add(List.of("Hausdorff distance, 95 %, mm", number(contours.mean(ContourScore::hausdorff95))));
            scores.add(List.of("Surface Dice within 2 mm", number(contours.mean(ContourScore::surfaceDice))));
            if (contours.withoutVolumes() == null) {
                double error = contours.errors(Volumes::ejection, 100).average().orElse(Double.NaN);
                scores.add(List.of("Mean error of the ejection fraction, points", number(error)));
            }
        }
        return scores;
    }

    /** Of what the network says with a confidence, how much is so. */
    private List<List<String>> calibration() {
        return evaluation.calibration().stream()
                .filter(p -> p.count() > 0)
                .map(p -> List.of(Long.toString(p.count()), number(p.confidence()), number(p.accuracy())))
                .toList();
    }

    private static String why(EvaluatedSlice s) {
        if (s.dice() >= GOOD) {
            return "not a failure, only the worst";
        }
        return s.network() == 0 && s.expert() > 0
                ? "nothing was found"
                : s.expert() == 0 && s.network() > 0
                        ? "there is no heart"
                        : s.network() > s.expert() ? "too large, or elsewhere" : "too small, or elsewhere";
    }

    private List<List<String>> failures() {
        List<EvaluatedSlice> worstFirst = evaluation.slices().stream()
                .sorted(Comparator.comparingDouble(EvaluatedSlice::dice))
                .limit(WORST)
                .toList();
        return worstFirst.stream()
                .filter(s -> s.dice() < GOOD || s.equals(worstFirst.getFirst()))
                .map(s -> List.of(
                        s.name(),
                        number(s.dice()),
                        Integer.toString(s.expert()),
                        Integer.toString(s.network()),
                        why(s)))
                .toList();
    }

    private List<List<String>> training() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("network", record.config().model().toJson().compact()));
        rows.add(List.of("loss", record.config().loss().toString()));
        rows.add(List.of("epochs", Integer.toString(record.config().epochs())));
        rows.add(List.of("seed", Long.toString(record.config().seed())));
        rows.add(List.of("vector width", record.simd()));
        record.environment().forEach((k, v) -> rows.add(List.of(k, v)));
        record.digests().forEach((k, v) -> rows.add(List.of("SHA-256 of " + k, v)));
        return rows;
    }

    private interface Section {
        void add(String title, List<String> heads, List<List<String>> rows);
    }

    private void sections(Section to) throws FormatException {
        ScoreTable patients = ScoreTable.patients(evaluation);
        ScoreTable levels = ScoreTable.levels(evaluation);
        to.add("Scores", List.of("score", "value"), scores());
        to.add("Patients", patients.heads(), patients.rows());
        if (!levels.rows().isEmpty()) {
            to.add("Slice levels", levels.heads(), levels.rows());
        }
        to.add("Calibration", List.of("pixels", "mean confidence", "share that is right"), calibration());
        to.add(
                "Known failures",
                List.of("slice", "dice", "pixels of the expert", "of the network", "what is wrong"),
                failures());
        to.add("Training", List.of("what", "value"), training());
    }

    private String markdown() throws FormatException {
        StringBuilder md = new StringBuilder("""
                ---
                library_name: aorta
                pipeline_tag: image-segmentation
                tags:
                - cardiac-mri
                - left-ventricle
                - research-only
                model-index:
                - name: "%s"
                  results:
                  - task:
                      type: image-segmentation
                    dataset:
                      name: "validation slices, sha256 %s"
                      type: tfrecord
                    metrics:
                    - type: dice
                      value: %s
                    - type: expected-calibration-error
                      value: %s
                ---

                # %1$s

                """.formatted(
                        name,
                        record.digests().getOrDefault("val_images.tfrecords", "unknown"),
                        number(evaluation.dice()),
                        number(evaluation.calibrationError())));
        md.append("## Intended use\n\n").append(USE).append("\n\n## Limits\n\n");
        LIMITS.forEach(limit -> md.append("- ").append(limit).append('\n'));
        sections((title, heads, rows) -> section(md, title, heads, rows));
        return md.toString();
    }

    private static void section(StringBuilder md, String title, List<String> heads, List<List<String>> rows) {
        md.append("\n## ").append(title).append("\n\n");
        md.append("| ").append(String.join(" | ", heads)).append(" |\n|");
        md.append(" --- |".repeat(heads.size())).append('\n');
        for (List<String> row : rows) {
            md.append(row.stream().map(c -> c.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |\n")));
        }
    }

    private String html() throws IOException {
        String limits =
                LIMITS.stream().map(l -> "<li>" + PlainText.html(l) + "</li>").collect(Collectors.joining("\n"));
        StringBuilder body = new StringBuilder("<h2>Intended use</h2>\n<p>" + PlainText.html(USE)
                + "</p>\n<h2>Limits</h2>\n<ul>\n" + limits + "\n</ul>\n");
        sections((title, heads, rows) ->
                body.append("<h2>").append(title).append("</h2>\n").append(Page.table(heads, rows)));
        return Page.of(name, body.toString());
    }
}
