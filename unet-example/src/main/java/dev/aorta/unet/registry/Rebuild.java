package dev.aorta.unet.registry;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.signing.Bundle;
import dev.aorta.unet.signing.ModelSignature;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.signing.SigningKey;
import dev.aorta.unet.train.RunFolder;
import dev.aorta.unet.train.RunRecord;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;

/** Signed statements that somebody trained a model again and got the same bytes. */
public final class Rebuild {
    private static final String TYPE = "https://aorta.example/rebuild/v1";
    private static final String RESULT = "rebuilt, equal";

    private Rebuild() {}

    /**
     * Says of a run that {@code again} is it byte by byte.
     *
     * @param beside in whose folder {@code attestations} the file is, which is named after the key
     * @return the file
     * @throws FormatException if it is not
     */
    public static Path attest(RunFolder run, RunFolder again, RunFolder beside, SigningKey key) throws IOException {
        if (Files.mismatch(run.model(), again.model()) >= 0 || Files.mismatch(run.metrics(), again.metrics()) >= 0) {
            throw new FormatException(again.folder() + ": its bytes are not those of " + run.folder());
        }
        RunRecord record = RunRecord.read(again);
        SequencedMap<String, Object> predicate = new LinkedHashMap<>();
        predicate.put("result", RESULT);
        predicate.put("metrics_sha256", Sha256.of(run.metrics()));
        predicate.put("data_sha256", new LinkedHashMap<>(record.digests()));
        predicate.put("simd", record.simd());
        predicate.put("environment", new LinkedHashMap<>(record.environment()));
        String model = Sha256.of(run.model());
        Path folder = Files.createDirectories(beside.folder().resolve(ModelSignature.ATTESTATIONS));
        Path file = folder.resolve("rebuild-" + key.publicKey().fingerprint().substring(0, 16) + ".json");
        Bundle.write(file, Bundle.statement("model.safetensors", model, TYPE, Json.of(predicate)), key);
        return file;
    }

    /**
     * The fingerprints of those of the builders who say that they got the model of a folder again.
     *
     * @throws FormatException if a file of the attestations claims to be a builder's and is not
     */
    public static Set<String> builders(Path folder, List<PublicKeyFile> builders) throws IOException {
        Set<String> found = new TreeSet<>();
        Path attestations = folder.resolve(ModelSignature.ATTESTATIONS);
        if (!Files.isDirectory(attestations)) {
            return found;
        }
        String model = Sha256.of(RunFolder.modelOf(folder));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(attestations, "rebuild-*.json")) {
            for (Path file : files) {
                String claimed = Bundle.unverified(Files.readAllBytes(file)).fingerprint();
                for (PublicKeyFile key : builders) {
                    if (!key.fingerprint().equals(claimed)) {
                        continue;
                    }
                    Bundle bundle = Bundle.verify(file, key);
                    bundle.requireType(file, TYPE);
                    boolean equal = bundle.predicate().get("result").asText().equals(RESULT);
                    if (!equal || !bundle.subject().equals(model)) {
                        throw new FormatException(file + ": it is of another model, " + bundle.subject());
                    }
                    found.add(claimed);
                }
            }
        }
        return found;
    }
}
