package dev.aorta.unet.registry;

import dev.aorta.Device;
import dev.aorta.io.FormatException;
import dev.aorta.unet.clinical.Evaluation;
import dev.aorta.unet.imaging.SliceFolder;
import dev.aorta.unet.signing.ModelSignature;
import dev.aorta.unet.signing.SigningKey;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import dev.aorta.unet.train.Segmenter;
import dev.aorta.unet.train.SliceDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes a version of a run. */
public final class Registration {
    private static final int CAVITY = 1;

    private Registration() {}

    /**
     * Copies a run into a registry, with a model card and a bill of materials, for which the model is run over its validation
     * slices.
     *
     * @param record of the run, with the folder where its data are now
     * @param key that signs the version and the log, or null
     */
    public static ModelVersion of(
            RunFolder run,
            RunRecord record,
            Registry registry,
            String name,
            Map<String, String> tags,
            Device device,
            @Nullable SigningKey key)
            throws IOException {
        if (!Files.isRegularFile(run.model())) {
            throw new FormatException(run.model() + ": there is no model yet; train an epoch to its end");
        }
        Evaluation evaluation;
        try (Segmenter segmenter = Segmenter.load(run.model(), device, null);
                SliceDataset slices = record.config().open(SliceFolder.VALIDATION)) {
            evaluation = Evaluation.of(segmenter, slices, CAVITY, (slice, index) -> slice);
        }
        return registry.register(
                name,
                tags,
                lineage(run, record),
                (folder, version) -> {
                    for (Path file : List.of(
                            run.config(), run.model(), run.reference(), run.metrics(), run.timings(), run.report())) {
                        if (Files.isRegularFile(file)) {
                            Files.copy(file, folder.resolve(file.getFileName()));
                        }
                    }
                    copyAttestations(run.folder().resolve(ModelSignature.ATTESTATIONS), folder);
                    ModelCard.write(folder, name + " " + version, record, evaluation);
                    ModelBom.write(folder, name, version, record, evaluation);
                },
                key);
    }

    private static void copyAttestations(Path from, Path folder) throws IOException {
        if (Files.isDirectory(from)) {
            Path to = Files.createDirectories(folder.resolve(ModelSignature.ATTESTATIONS));
            try (Stream<Path> files = Files.list(from)) {
                for (Path file : files.toList()) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
    }

    private static SequencedMap<String, String> lineage(RunFolder run, RunRecord record) {
        SequencedMap<String, String> lineage = new LinkedHashMap<>();
        lineage.put("run", run.folder().toAbsolutePath().normalize().toString());
        lineage.put("command", String.join(" ", record.command()));
        for (String name : List.of("began", "git", "code", "aorta", "java")) {
            String value = record.environment().get(name);
            if (value != null) {
                lineage.put(name, value);
            }
        }
        record.digests().forEach((file, sha256) -> lineage.put("data/" + file, sha256));
        return lineage;
    }
}
