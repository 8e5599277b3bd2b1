package dev.aorta.unet.signing;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The signature of a folder: {@code model.sig} in it, as OpenSSF Model Signing 1.0 describes it, with SHA-256, whole files and a
 * key.
 *
 * @see <a href="https://github.com/ossf/model-signing-spec/blob/main/spec/v1.0.md">the specification</a>
 */
public final class ModelSignature {
    /** Its file. */
    public static final String FILE = "model.sig";
    /** A folder for what others say of the model, which is not signed. */
    public static final String ATTESTATIONS = "attestations";

    private static final String PREDICATE = "https://model_signing/signature/v1.0";
    private static final List<String> ALWAYS_IGNORED = List.of(".git", ".gitignore", ".gitattributes", ".github", FILE);
    private static final List<String> IGNORED = List.of(ATTESTATIONS, "checkpoints", ".lock");

    private ModelSignature() {}

    /** The files of a folder that a signature covers. */
    public static FileManifest manifest(Path folder) throws IOException {
        return FileManifest.of(folder, ignored(IGNORED));
    }

    private static Set<String> ignored(List<String> more) {
        Set<String> all = new TreeSet<>(ALWAYS_IGNORED);
        all.addAll(more);
        return all;
    }

    /**
     * Signs a folder.
     *
     * @return the file of the signature
     */
    public static Path sign(Path folder, SigningKey key) throws IOException {
        FileManifest files = manifest(folder);
        if (files.digests().isEmpty()) {
            throw new FormatException(folder + ": there is no file to sign");
        }
        Path name = folder.toAbsolutePath().normalize().getFileName();
        Path file = folder.resolve(FILE);
        String model = name == null ? "model" : name.toString();
        Bundle.write(file, Bundle.statement(model, files.root(), PREDICATE, predicate(files)), key);
        return file;
    }

    static Json predicate(FileManifest files) {
        List<Object> resources = new ArrayList<>();
        files.digests().forEach((name, digest) -> {
            SequencedMap<String, Object> resource = new LinkedHashMap<>();
            resource.put("name", name);
            resource.put("algorithm", "sha256");
            resource.put("digest", digest);
            resources.add(resource);
        });
        SequencedMap<String, Object> serialization = new LinkedHashMap<>();
        serialization.put("method", "files");
        serialization.put("hash_type", "sha256");
        serialization.put("allow_symlinks", false);
        serialization.put("ignore_paths", List.copyOf(ignored(IGNORED)));
        SequencedMap<String, Object> predicate = new LinkedHashMap<>();
        predicate.put("serialization", serialization);
        predicate.put("resources", resources);
        return Json.of(predicate);
    }

    /**
     * Checks the signature of a folder and its files.
     *
     * @return what is altered, missing or foreign; nothing where the folder is as it was signed
     * @throws FormatException if there is no signature, or not by this key, or of another kind
     */
    public static List<String> verify(Path folder, PublicKeyFile key) throws IOException {
        return verify(folder, FileManifest.of(folder, List.of()), key);
    }

    /**
     * As above.
     *
     * @param found all files that are in the folder now
     */
    public static List<String> verify(Path folder, FileManifest found, PublicKeyFile key) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            throw new FormatException(file + ": there is no signature; make one with 'unet sign'");
        }
        Bundle bundle = Bundle.verify(file, key);
        FileManifest signed = manifest(file, bundle);
        try {
            List<String> ignored = new ArrayList<>();
            Json named = bundle.predicate().get("serialization").asObject().get("ignore_paths");
            if (named != null) {
                for (Json path : named.asList()) {
                    ignored.add(path.asText());
                }
            }
            return signed.differences(found.without(ignored(ignored)));
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    /** The files that a checked bundle names. */
    static FileManifest manifest(Path file, Bundle bundle) throws FormatException {
        bundle.requireType(file, PREDICATE);
        try {
            Json serialization = bundle.predicate().get("serialization");
            String method = serialization.get("method").asText();
            String hash = serialization.get("hash_type").asText();
            if (!method.equals("files")
                    || !hash.equals("sha256")
                    || serialization.get("allow_symlinks").asBoolean()) {
                throw new FormatException("it is of the method " + method + " with " + hash
                        + "; only files with sha256, without symbolic links, can be checked here");
            }
            SortedMap<String, String> digests = new TreeMap<>(FileManifest.BY_CODE_POINT);
            for (Json resource : bundle.predicate().get("resources").asList()) {
                String name = resource.get("name").asText();
                String digest = resource.get("digest").asText();
                if (!resource.get("algorithm").asText().equals("sha256") || !digest.matches("[0-9a-f]{64}")) {
                    throw new FormatException("the digest of '" + name + "' is no SHA-256");
                }
                if (!digests.isEmpty() && FileManifest.BY_CODE_POINT.compare(digests.lastKey(), name) >= 0) {
                    throw new FormatException("its files are not in their order at '" + name + "'");
                }
                digests.put(name, digest);
            }
            FileManifest files = new FileManifest(digests);
            if (digests.isEmpty() || !files.root().equals(bundle.subject())) {
                throw new FormatException("the digest of the whole is not that of its files");
            }
            return files;
        } catch (FormatException e) {
            throw new FormatException(file + ": " + e.getMessage(), e);
        }
    }
}
