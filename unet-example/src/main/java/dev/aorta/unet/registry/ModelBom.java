package dev.aorta.unet.registry;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.Json;
import dev.aorta.unet.clinical.Evaluation;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.train.RunRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.UUID;

/**
 * The bill of materials of a version, {@code bom.cdx.json}: CycloneDX 1.6 with a model card.
 *
 * @see <a href="https://cyclonedx.org/docs/1.6/json/">the format</a>
 */
final class ModelBom {
    private ModelBom() {}

    /** Writes it for the model in {@code folder}. */
    static void write(Path folder, String name, int version, RunRecord record, Evaluation evaluation)
            throws IOException {
        String digest = Sha256.of(folder.resolve("model.safetensors"));
        List<Object> components = new ArrayList<>();
        List<Object> datasets = new ArrayList<>();
        record.digests().forEach((file, sha256) -> {
            String ref = "data:" + file;
            components.add(members(
                    "type",
                    "data",
                    "bom-ref",
                    ref,
                    "name",
                    file,
                    "hashes",
                    hashes(sha256),
                    "data",
                    List.of(members("type", "dataset", "name", file))));
            datasets.add(members("ref", ref));
        });
        components.add(members(
                "type",
                "library",
                "bom-ref",
                "library:aorta",
                "name",
                "aorta",
                "version",
                record.environment().getOrDefault("aorta", "unknown"),
                "properties",
                properties(record.environment())));
        SequencedMap<String, Object> card = members(
                "modelParameters",
                        members(
                                "approach", members("type", "supervised"),
                                "task", "segmentation of the left ventricle in short-axis cardiac MRI",
                                "architectureFamily", "convolutional neural network",
                                "modelArchitecture",
                                        record.config().model().toJson().compact(),
                                "datasets", datasets,
                                "inputs", List.of(members("format", "float32 (N, rows, columns, 1)")),
                                "outputs", List.of(members("format", "float32 logits (N, rows, columns, classes)"))),
                "quantitativeAnalysis",
                        members(
                                "performanceMetrics",
                                List.of(
                                        metric("dice", evaluation.dice()),
                                        metric(
                                                "dice of the worst patient",
                                                evaluation.worstPatient().getValue()),
                                        metric("expected calibration error", evaluation.calibrationError()))),
                "considerations",
                        members(
                                "users", List.of("researchers"),
                                "useCases", List.of("research"),
                                "technicalLimitations",
                                        List.of(
                                                "not a medical device",
                                                "unknown outside the data that it was trained on")));
        SequencedMap<String, Object> model = members(
                "type",
                "machine-learning-model",
                "bom-ref",
                "model",
                "name",
                name,
                "version",
                Integer.toString(version),
                "hashes",
                hashes(digest),
                "modelCard",
                card);
        SequencedMap<String, Object> bom = members(
                "bomFormat",
                "CycloneDX",
                "specVersion",
                "1.6",
                "serialNumber",
                "urn:uuid:" + UUID.nameUUIDFromBytes((name + version + digest).getBytes(StandardCharsets.UTF_8)),
                "version",
                1,
                "metadata",
                members(
                        "timestamp",
                        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
                        "component",
                        model),
                "components",
                components);
        bom.put(
                "dependencies",
                List.of(members(
                        "ref",
                        "model",
                        "dependsOn",
                        components.stream()
                                .map(c -> ((Map<?, ?>) c).get("bom-ref"))
                                .toList())));
        byte[] json = Json.of(bom).pretty().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(folder.resolve("bom.cdx.json"), out -> out.write(json));
    }

    private static SequencedMap<String, Object> metric(String type, double value) {
        return members("type", type, "value", Double.toString(value), "slice", "validation");
    }

    private static List<Object> hashes(String sha256) {
        return List.of(members("alg", "SHA-256", "content", sha256));
    }

    private static List<Object> properties(Map<String, String> values) {
        List<Object> properties = new ArrayList<>();
        values.forEach((name, value) -> properties.add(members("name", "aorta:" + name, "value", value)));
        return properties;
    }

    /** Names and values in turn. */
    private static SequencedMap<String, Object> members(Object... namesAndValues) {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            m.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return m;
    }
}
