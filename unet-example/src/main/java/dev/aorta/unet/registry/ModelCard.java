package dev.aorta.unet.registry;

import dev.aorta.io.AtomicFile;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.report.Page;
import dev.aorta.unet.train.Evaluation;
import dev.aorta.unet.train.RunRecord;
import dev.aorta.unet.train.SliceScore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The model card of a version: {@code README.md} with the YAML head that model hubs read, and {@code card.html}. */
final class ModelCard {
    private static final int WORST = 5;
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
        return String.format(Locale.ROOT, "%.4f", value);
    }

    private List<List<String>> scores() {
        Map.Entry<String, Double> patient = evaluation.worstPatient();
        return List.of(
                List.of("Dice, mean over " + evaluation.slices().size() + " slices", number(evaluation.dice())),
                List.of("Dice of the worst patient (" + patient.getKey() + ")", number(patient.getValue())),
                List.of(
                        "Dice of the worst slice (" + evaluation.worst().name() + ")",
                        number(evaluation.worst().dice())),
                List.of("Expected calibration error around the heart", number(evaluation.calibrationError())),
                List.of(
                        "Slices with a heart of which nothing was found",
                        count(s -> s.expert() > 0 && s.network() == 0)),
                List.of("Slices without a heart where one was found", count(s -> s.expert() == 0 && s.network() > 0)));
    }

    private String count(Predicate<SliceScore> which) {
        return Long.toString(evaluation.slices().stream().filter(which).count());
    }

    private List<List<String>> patients() {
        return evaluation.patients().entrySet().stream()
                .map(e -> List.of(e.getKey(), number(e.getValue())))
                .toList();
    }

    private List<List<String>> failures() {
        return evaluation.slices().stream()
                .sorted(Comparator.comparingDouble(SliceScore::dice))
                .limit(WORST)
                .map(s -> List.of(
                        s.name(), number(s.dice()), Integer.toString(s.expert()), Integer.toString(s.network())))
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

    private String markdown() {
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
        section(md, "Scores", List.of("score", "value"), scores());
        section(md, "Patients", List.of("patient", "dice"), patients());
        section(md, "Known failures", List.of("slice", "dice", "pixels of the expert", "of the network"), failures());
        section(md, "Training", List.of("what", "value"), training());
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
        return Page.of(
                name,
                "<h2>Intended use</h2>\n<p>" + PlainText.html(USE) + "</p>\n<h2>Limits</h2>\n<ul>\n" + limits
                        + "\n</ul>\n<h2>Scores</h2>\n" + Page.table(List.of("score", "value"), scores())
                        + "<h2>Patients</h2>\n" + Page.table(List.of("patient", "dice"), patients())
                        + "<h2>Known failures</h2>\n"
                        + Page.table(List.of("slice", "dice", "pixels of the expert", "of the network"), failures())
                        + "<h2>Training</h2>\n" + Page.table(List.of("what", "value"), training()));
    }
}
