package dev.aorta.unet.certify;

import dev.aorta.Device;
import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.certify.Requirements.Requirement;
import dev.aorta.unet.clinical.Evaluation;
import dev.aorta.unet.imaging.PixelType;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.report.Page;
import dev.aorta.unet.report.ScoreTable;
import dev.aorta.unet.signing.Bundle;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.signing.SigningKey;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceDataset;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The report of a certification: each requirement with what was measured, and the evidence from which it follows. */
public final class Certificate {
    /** The report, the same to look at, and its signature. */
    public static final String JSON = "certificate.json";

    private static final String HTML = "certificate.html";
    private static final String SIGNATURE = "certificate.sig";

    private static final String TYPE = "https://aorta.example/certificate/v1";
    private static final String EVIDENCE = "evidence";
    private static final String LATENCY = "latency";
    private static final int CAVITY = 1;

    private final Json json;

    private Certificate(Json json) {
        this.json = json;
    }

    /**
     * Measures a model.
     *
     * @param model its file
     * @param data TFRecord file of labelled slices
     * @param pixels type of plain numbers in records, or null when they say it or can be only one
     * @param requirements YAML file
     */
    public static Certificate measure(
            Path model, Path data, @Nullable PixelType pixels, Path requirements, Device device) throws IOException {
        Requirements required = Requirements.read(requirements);
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("requirements", required.name());
        m.put("requirements_sha256", Sha256.of(requirements));
        m.put("model_sha256", Sha256.of(model));
        m.put("data_sha256", Sha256.of(data));
        if (pixels != null) {
            m.put("pixels", pixels.toString());
        }
        m.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        m.put("device", device + ", " + device.backend().description());
        m.put("java", System.getProperty("java.runtime.version") + ", " + System.getProperty("java.vendor"));
        long begin = System.nanoTime();
        try (Segmenter segmenter = Segmenter.load(model, device, null);
                SliceDataset slices = SliceDataset.open(data, segmenter.config().classes(), pixels)) {
            var first = slices.slice(0);
            segmenter.segment(data.toString(), first.rows(), first.columns(), first.image());
            double coldStart = (System.nanoTime() - begin) / 1e6;
            SequencedMap<String, Object> evidence = new LinkedHashMap<>();
            if (required.rows().stream().anyMatch(r -> !r.measure().functional())) {
                evidence.put(
                        LATENCY, Latency.measure(segmenter, slices, coldStart).toJson());
            }
            for (Requirement r : required.rows()) {
                if (r.measure().functional() && !evidence.containsKey(r.condition())) {
                    Evaluation.Change change = r.under().change(r.strength(), segmenter, device);
                    evidence.put(
                            r.condition(),
                            Evaluation.of(segmenter, slices, CAVITY, change).toJson());
                }
            }
            m.put("rows", rows(required.rows(), Json.of(evidence)));
            m.put("passed", passed(Json.of(m.get("rows"))));
            m.put(EVIDENCE, evidence);
        }
        return new Certificate(Json.of(m));
    }

    private static List<Object> rows(List<Requirement> requirements, Json evidence) throws FormatException {
        List<Object> rows = new ArrayList<>();
        for (Requirement r : requirements) {
            boolean functional = r.measure().functional();
            double measured = r.measure()
                    .of(
                            functional ? Evaluation.of(evidence.get(r.condition())) : null,
                            functional ? null : Latency.of(evidence.get(LATENCY)));
            SequencedMap<String, Object> row = r.toJson();
            row.put("measured", Double.isFinite(measured) ? measured : null);
            row.put("passed", r.met(measured));
            rows.add(row);
        }
        return rows;
    }

    private static boolean passed(Json rows) throws FormatException {
        for (Json row : rows.asList()) {
            if (!row.get("passed").asBoolean()) {
                return false;
            }
        }
        return true;
    }

    /** Whether all requirements are met. */
    public boolean passed() throws FormatException {
        return json.get("passed").asBoolean();
    }

    /** A line of text for each requirement. */
    public List<String> lines() throws FormatException {
        List<String> lines = new ArrayList<>();
        for (List<String> c : cells()) {
            lines.add("%-6s %-5s %-20s %-18s %10s  %s"
                    .formatted(c.get(5), c.get(0), c.get(1), c.get(2), c.get(4), c.get(3)));
        }
        return lines;
    }

    private List<List<String>> cells() throws FormatException {
        List<List<String>> cells = new ArrayList<>();
        for (Json row : json.get("rows").asList()) {
            Requirement r = Requirements.requirement(row);
            cells.add(List.of(
                    r.id(),
                    r.measure().text(),
                    r.condition(),
                    (r.atLeast() ? "at least " : "at most ") + r.limit(),
                    measured(row),
                    row.get("passed").asBoolean() ? "passed" : "FAILED"));
        }
        return cells;
    }

    /** Nothing where the network found nothing that could be measured. */
    private static String measured(Json row) throws FormatException {
        return row.get("measured") instanceof Json.Num n ? String.format(Locale.ROOT, "%.4g", n.asDouble()) : "nothing";
    }

    /** Writes the report as JSON and as a page into {@code folder}, and a signed statement about it where there is a key. */
    public void write(Path folder, @Nullable SigningKey key) throws IOException {
        byte[] report = json.pretty().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(folder.resolve(JSON), out -> out.write(report));
        byte[] page = page().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(folder.resolve(HTML), out -> out.write(page));
        if (key != null) {
            SequencedMap<String, Object> predicate = new LinkedHashMap<>(json.asObject());
            predicate.remove(EVIDENCE);
            predicate.put("report_sha256", Sha256.of(report));
            String model = json.get("model_sha256").asText();
            Bundle.write(folder.resolve(SIGNATURE), Bundle.statement("model", model, TYPE, Json.of(predicate)), key);
        }
    }

    private String page() throws IOException {
        StringBuilder body = new StringBuilder();
        body.append("<h2>")
                .append(passed() ? "All requirements are met" : "Not all requirements are met")
                .append("</h2>\n");
        body.append(Page.table(List.of("id", "measure", "under", "required", "measured", "result"), cells()));
        List<List<String>> facts = new ArrayList<>();
        for (String name : List.of(
                "requirements", "requirements_sha256", "model_sha256", "data_sha256", "time", "device", "java")) {
            facts.add(List.of(name.replace('_', ' '), json.get(name).asText()));
        }
        body.append("<h2>What was measured, and where</h2>\n").append(Page.table(List.of("what", "value"), facts));
        body.append("<h2>Evidence</h2>\n");
        for (var evidence : json.get(EVIDENCE).asObject().entrySet()) {
            body.append("<h3>").append(PlainText.html(evidence.getKey())).append("</h3>\n");
            body.append(evidence.getKey().equals(LATENCY) ? times(evidence.getValue()) : slices(evidence.getValue()));
        }
        return Page.of("Certification: " + json.get("requirements").asText(), body.toString());
    }

    private static String times(Json evidence) throws FormatException {
        Latency latency = Latency.of(evidence);
        List<List<String>> rows = new ArrayList<>();
        for (Measure measure : Measure.values()) {
            if (!measure.functional()) {
                rows.add(List.of(measure.text(), String.format(Locale.ROOT, "%.4g", measure.of(null, latency))));
            }
        }
        return Page.table(List.of("measure", "of " + latency.milliseconds().size() + " slices"), rows);
    }

    private static String slices(Json evidence) throws FormatException {
        Evaluation evaluation = Evaluation.of(evidence);
        List<List<String>> rows = evaluation.slices().stream()
                .map(s -> List.of(
                        s.name(),
                        String.format(Locale.ROOT, "%.4f", s.dice()),
                        Integer.toString(s.expert()),
                        Integer.toString(s.network())))
                .toList();
        ScoreTable patients = ScoreTable.patients(evaluation);
        ScoreTable levels = ScoreTable.levels(evaluation);
        return Page.table(patients.heads(), patients.rows())
                + (levels.rows().isEmpty() ? "" : Page.table(levels.heads(), levels.rows()))
                + Page.table(List.of("slice", "dice", "pixels of the expert", "of the network"), rows);
    }

    /**
     * Computes a report again from its evidence.
     *
     * @param key that must have signed it, or null where that is not asked
     * @return the report
     * @throws FormatException naming the first row that does not follow from the evidence, or what is wrong with the signature
     */
    public static Certificate recheck(Path report, @Nullable PublicKeyFile key) throws IOException {
        byte[] bytes = Files.readAllBytes(report);
        Certificate certificate;
        try {
            certificate = new Certificate(Json.parse(bytes));
            certificate.recompute();
        } catch (FormatException | IllegalArgumentException e) {
            throw new FormatException(report + ": " + e.getMessage(), e);
        }
        if (key != null) {
            Path file = report.resolveSibling(SIGNATURE);
            Bundle bundle = Bundle.verify(file, key);
            bundle.requireType(file, TYPE);
            if (!bundle.predicate().get("report_sha256").asText().equals(Sha256.of(bytes))) {
                throw new FormatException(report + ": it is not the report that was signed in " + file);
            }
        }
        return certificate;
    }

    private void recompute() throws FormatException {
        List<Requirement> requirements = new ArrayList<>();
        for (Json row : json.get("rows").asList()) {
            requirements.add(Requirements.requirement(row));
        }
        List<Object> again = rows(requirements, json.get(EVIDENCE));
        for (int i = 0; i < again.size(); i++) {
            Json row = json.get("rows").asList().get(i);
            if (!Json.of(again.get(i)).equals(row)) {
                throw new FormatException(requirements.get(i).id() + " does not follow from the evidence: it says "
                        + row.compact() + ", and the evidence "
                        + Objects.requireNonNull((Map<?, ?>) again.get(i)).get("measured"));
            }
        }
        if (passed() != passed(Json.of(again))) {
            throw new FormatException("the verdict does not follow from the rows");
        }
    }
}
