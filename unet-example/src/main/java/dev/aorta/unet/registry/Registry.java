package dev.aorta.unet.registry;

import dev.aorta.io.FolderInUseException;
import dev.aorta.io.FolderLock;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.signing.FileManifest;
import dev.aorta.unet.signing.ModelSignature;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.signing.SigningKey;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder of models: {@code models/NAME/VERSION} has the files of a version, {@code log.jsonl} what was done, from which alone
 * follows which versions, aliases and tags there are.
 */
public final class Registry {
    private static final Pattern URI = Pattern.compile("models:/([\\w.-]+)(?:/(\\d+)|@([\\w.-]+))");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][\\w.-]*");
    private static final int PATIENCE_MILLIS = 10_000;

    private final Path folder;
    private final AuditLog log;

    private Registry(Path folder) {
        this.folder = folder;
        log = new AuditLog(folder);
    }

    /** The registry in a folder, which is made where it is not there. */
    public static Registry create(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("models"));
        return new Registry(folder);
    }

    /**
     * The registry in a folder.
     *
     * @throws FormatException if there is none
     */
    public static Registry open(Path folder) throws FormatException {
        if (!is(folder)) {
            throw new FormatException(folder
                    + ": there is no registry; make one with 'unet register', or name its folder" + " with --registry");
        }
        return new Registry(folder);
    }

    /** Whether a folder is a registry. */
    public static boolean is(Path folder) {
        return Files.isRegularFile(folder.resolve(AuditLog.FILE)) || Files.isRegularFile(folder.resolve(AuditLog.HEAD));
    }

    /** The registry that a folder of a version is in, or null. */
    public static @Nullable Registry around(Path version) {
        Path inside = version.toAbsolutePath().normalize();
        for (int i = 0; i < 3 && inside != null; i++) {
            inside = inside.getParent();
        }
        return inside != null && is(inside) ? new Registry(inside) : null;
    }

    /** What fills the folder of a new version. */
    @FunctionalInterface
    public interface Content {
        /** Writes the files of {@code version} into {@code folder}. */
        void write(Path folder, int version) throws IOException;
    }

    /**
     * Keeps a new version of a model.
     *
     * @param key that signs its files and the log, or null
     * @throws IllegalArgumentException if the name can be none
     */
    public ModelVersion register(
            String model,
            Map<String, String> tags,
            Map<String, String> lineage,
            Content content,
            @Nullable SigningKey key)
            throws IOException {
        requireName(model);
        try (FolderLock lock = lock()) {
            int number = 1 + lastNumber(model);
            Path target = folderOf(model, number);
            if (Files.exists(target)) {
                throw new FormatException(
                        target + ": it is there and the log does not know it: left by a process that was"
                                + " stopped, or by a foreign hand; look at it and delete it");
            }
            Path making = target.resolveSibling(".making-" + number);
            deleteAll(making);
            Files.createDirectories(making);
            content.write(making, number);
            if (key != null) {
                ModelSignature.sign(making, key);
            }
            FileManifest files = FileManifest.of(making, List.of());
            SequencedMap<String, Object> what = what(model, number);
            what.put("tags", new LinkedHashMap<>(tags));
            what.put("lineage", new LinkedHashMap<>(lineage));
            what.put("files", new LinkedHashMap<>(files.digests()));
            Files.move(making, target, StandardCopyOption.ATOMIC_MOVE);
            log.append("register", Json.of(what), key);
            return version(model, number);
        }
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'" + name + "' can be no name: letters, digits, and _ - . within, as in left-ventricle");
        }
    }

    private Path folderOf(String model, int number) {
        return folder.resolve("models").resolve(model).resolve(Integer.toString(number));
    }

    private static SequencedMap<String, Object> what(String model, int number) {
        SequencedMap<String, Object> what = new LinkedHashMap<>();
        what.put("model", model);
        what.put("version", number);
        return what;
    }

    /** Has an alias stand for a version, and no longer for another. */
    public void alias(String model, int number, String alias, @Nullable SigningKey key) throws IOException {
        requireName(alias);
        try (FolderLock lock = lock()) {
            version(model, number);
            SequencedMap<String, Object> what = what(model, number);
            what.put("alias", alias);
            what.put(
                    "from",
                    versions().stream()
                            .filter(v -> v.model().equals(model) && v.aliases().contains(alias))
                            .map(ModelVersion::number)
                            .findFirst()
                            .orElse(null));
            log.append("alias", Json.of(what), key);
        }
    }

    /** Gives a version a tag. */
    public void tag(String model, int number, String name, String value, @Nullable SigningKey key) throws IOException {
        requireName(name);
        try (FolderLock lock = lock()) {
            version(model, number);
            SequencedMap<String, Object> what = what(model, number);
            what.put("tag", name);
            what.put("value", value);
            log.append("tag", Json.of(what), key);
        }
    }

    /** Deletes the files of a version; that there was one stays in the log. */
    public void delete(String model, int number, String reason, @Nullable SigningKey key) throws IOException {
        try (FolderLock lock = lock()) {
            ModelVersion version = version(model, number);
            if (!version.aliases().isEmpty()) {
                throw new FormatException(version + " is " + String.join(", ", version.aliases())
                        + "; have that alias stand for another version first");
            }
            SequencedMap<String, Object> what = what(model, number);
            what.put("reason", reason);
            log.append("delete", Json.of(what), key);
            deleteAll(version.folder());
        }
    }

    /** Adds what somebody says of a version, a file, to its folder {@code attestations}. */
    public void attest(String model, int number, Path file, @Nullable SigningKey key) throws IOException {
        try (FolderLock lock = lock()) {
            Path attestations = version(model, number).folder().resolve(ModelSignature.ATTESTATIONS);
            Path target = attestations.resolve(file.getFileName());
            if (Files.exists(target)) {
                throw new FormatException(target + ": it is there already");
            }
            SequencedMap<String, Object> what = what(model, number);
            what.put("file", ModelSignature.ATTESTATIONS + "/" + file.getFileName());
            what.put("sha256", Sha256.of(file));
            log.append("attest", Json.of(what), key);
            Files.createDirectories(attestations);
            Files.copy(file, target);
        }
    }

    /** Writes down that a model was used: on what, never with what it looks like. */
    public void access(String command, Path model, List<Path> inputs, @Nullable SigningKey key) throws IOException {
        List<String> digests = new ArrayList<>();
        for (Path input : inputs) {
            digests.add(Sha256.of(input));
        }
        access(command, "", Sha256.of(model), digests, key);
    }

    /**
     * As above, for a program that knows the digests.
     *
     * @param caller on whose behalf, or empty
     */
    public void access(String command, String caller, String model, List<String> inputs, @Nullable SigningKey key)
            throws IOException {
        SequencedMap<String, Object> what = new LinkedHashMap<>();
        what.put("command", command);
        if (!caller.isEmpty()) {
            what.put("caller", caller);
        }
        what.put("model_sha256", model);
        what.put("input_sha256", inputs);
        try (FolderLock lock = lock()) {
            log.append("access", Json.of(what), key);
        }
    }

    private FolderLock lock() throws IOException {
        long end = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (true) {
            try {
                return FolderLock.take(folder);
            } catch (FolderInUseException e) {
                if (System.currentTimeMillis() > end) {
                    throw e;
                }
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(folder + ": interrupted while other work was going on in the folder", e);
            }
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    // ---- what is there

    private int lastNumber(String model) throws IOException {
        int last = 0;
        for (AuditLog.Entry entry : log.read(null).entries()) {
            if (entry.event().equals("register")
                    && entry.what().get("model").asText().equals(model)) {
                last = Math.max(last, entry.what().get("version").asInt());
            }
        }
        return last;
    }

    /** All versions that are not deleted, in the order in which they came. */
    public List<ModelVersion> versions() throws IOException {
        return List.copyOf(Replay.of(folder, log.read(null).entries()).values());
    }

    /**
     * One version.
     *
     * @throws FormatException if there is none
     */
    public ModelVersion version(String model, int number) throws IOException {
        for (ModelVersion v : versions()) {
            if (v.model().equals(model) && v.number() == number) {
                return v;
            }
        }
        throw new FormatException(
                folder + ": there is no version " + number + " of '" + model + "'; see 'unet models'");
    }

    /** Whether a text names a model of a registry, as MLflow does. */
    public static boolean isUri(String text) {
        return text.startsWith("models:/");
    }

    /**
     * The version that {@code models:/NAME/3} or {@code models:/NAME@ALIAS} names.
     *
     * @throws FormatException if there is none
     */
    public ModelVersion resolve(String uri) throws IOException {
        Matcher m = URI.matcher(uri);
        if (!m.matches()) {
            throw new FormatException("'" + uri + "' names no model; as in models:/NAME/3 or models:/NAME@champion");
        }
        for (ModelVersion v : versions()) {
            boolean same = m.group(2) != null
                    ? m.group(2).equals(Integer.toString(v.number()))
                    : v.aliases().contains(m.group(3));
            if (v.model().equals(m.group(1)) && same) {
                return v;
            }
        }
        throw new FormatException(folder + ": there is no " + uri + "; see 'unet models'");
    }

    /** The entries of the log as lines of text. */
    public List<String> history() throws IOException {
        return log.read(null).entries().stream()
                .map(e -> "%4d  %s  %s  %-8s  %s"
                        .formatted(
                                e.number(),
                                e.time(),
                                e.who(),
                                e.event(),
                                e.what().compact()))
                .toList();
    }

    // ---- whether it is as it was left

    /**
     * A version, after the log, its head, and the version's files were checked.
     *
     * @param key that must have signed the head and the version, or null where signatures are not asked
     * @throws FormatException if there is no such version, or something is altered, missing or foreign
     */
    public ModelVersion verified(String model, int number, @Nullable PublicKeyFile key) throws IOException {
        List<String> findings;
        ModelVersion version;
        try (Closeable lock = Files.isWritable(folder) ? lock() : () -> {}) {
            findings = new ArrayList<>(log.read(key).findings());
            version = version(model, number);
            findings.addAll(findings(version, key));
        }
        if (!findings.isEmpty()) {
            throw new FormatException("%s is not as it was left, and is not used: %s%s"
                    .formatted(
                            version,
                            findings.getFirst(),
                            findings.size() == 1 ? "" : " and " + (findings.size() - 1) + " more; see 'unet verify'"));
        }
        return version;
    }

    /**
     * Checks the log, its head, and every file.
     *
     * @param key that must have signed the head and each version, or null where signatures are not asked
     * @return what is altered, missing, in another order or foreign; nothing where all is as it was left
     */
    public List<String> findings(@Nullable PublicKeyFile key) throws IOException {
        AuditLog.Reading reading = log.read(key);
        List<String> findings = new ArrayList<>(reading.findings());
        Map<String, ModelVersion> versions = Replay.of(folder, reading.entries());
        List<String> known = new ArrayList<>(List.of(AuditLog.FILE, AuditLog.HEAD, ".lock"));
        for (ModelVersion v : versions.values()) {
            known.add("models/" + v);
            findings.addAll(findings(v, key));
        }
        for (String foreign : FileManifest.of(folder, known).digests().keySet()) {
            findings.add(folder.resolve(foreign) + ": it is foreign, the log does not know it");
        }
        return findings;
    }

    private static List<String> findings(ModelVersion v, @Nullable PublicKeyFile key) throws IOException {
        if (!Files.isDirectory(v.folder())) {
            return List.of(v.folder() + ": version " + v + " is missing");
        }
        FileManifest now = FileManifest.of(v.folder(), List.of());
        List<String> findings = new ArrayList<>();
        v.files().differences(now).forEach(d -> findings.add(v.folder() + "/" + d));
        if (key != null) {
            try {
                ModelSignature.verify(v.folder(), now, key).forEach(d -> findings.add(v.folder() + "/" + d));
            } catch (FormatException e) {
                findings.add(String.valueOf(e.getMessage()));
            }
        }
        return findings;
    }
}
