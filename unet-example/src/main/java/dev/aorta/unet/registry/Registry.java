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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A folder of models: {@code models/NAME/VERSION} has the files of a version, {@code log.jsonl} what was done, from which alone
 * follows which versions, aliases and tags there are.
 */
public final class Registry {
    private static final Pattern URI = Pattern.compile("models:/([\\w.-]+)(?:/(\\d+)|@([\\w.-]+))");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][\\w.-]*");
    private static final Pattern TAKEN = Pattern.compile("latest|v\\d+", Pattern.CASE_INSENSITIVE);
    private static final int PATIENCE_MILLIS = 10_000;
    /** What a tracking server knows of it; not part of what is kept. */
    static final String TRACKING = "tracking.json";

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
            Replay before = completed(key);
            int number = 1 + before.lastNumber(model);
            Path target = folderOf(model, number);
            if (Files.exists(target)) {
                throw new FormatException(
                        target + ": it is foreign, the log does not know it; look at it and delete it");
            }
            Path making = Making.of(target);
            Making.deleteAll(making);
            int entry = 1 + before.entries();
            try {
                Files.createDirectories(making);
                content.write(making, number);
                if (key != null) {
                    ModelSignature.sign(making, key);
                }
                FileManifest files = FileManifest.of(making, List.of());
                for (String file : files.digests().keySet()) {
                    Making.sync(making.resolve(file));
                }
                SequencedMap<String, Object> what = what(model, number);
                what.put("tags", new LinkedHashMap<>(tags));
                what.put("lineage", new LinkedHashMap<>(lineage));
                what.put("files", new LinkedHashMap<>(files.digests()));
                before.take(log.append("register", Json.of(what), key));
            } catch (IOException | RuntimeException e) {
                if (!log.hasPromised(entry)) {
                    Making.deleteAll(making);
                }
                throw e;
            }
            Making.move(target);
            return before.version(model, number);
        }
    }

    /**
     * What the log says, after what a killed process has begun was ended: an entry that it promised, files that it did not move, a
     * version that it did not delete.
     */
    private Replay completed(@Nullable SigningKey key) throws IOException {
        log.mended(key);
        Replay now = replay();
        Making.complete(now);
        return now;
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
        if (TAKEN.matcher(alias).matches()) {
            throw new IllegalArgumentException(
                    "'" + alias
                            + "' can be no alias: MLflow keeps 'latest' and numbers of versions, as v3, for itself; as in champion");
        }
        try (FolderLock lock = lock()) {
            Replay now = completed(key);
            now.version(model, number);
            SequencedMap<String, Object> what = what(model, number);
            what.put("alias", alias);
            what.put(
                    "from",
                    now.versions().stream()
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
            completed(key).version(model, number);
            SequencedMap<String, Object> what = what(model, number);
            what.put("tag", name);
            what.put("value", value);
            log.append("tag", Json.of(what), key);
        }
    }

    /** Deletes the files of a version; that there was one stays in the log. */
    public void delete(String model, int number, String reason, @Nullable SigningKey key) throws IOException {
        try (FolderLock lock = lock()) {
            ModelVersion version = completed(key).version(model, number);
            if (!version.aliases().isEmpty()) {
                throw new FormatException(version + " is " + String.join(", ", version.aliases())
                        + "; have that alias stand for another version first");
            }
            SequencedMap<String, Object> what = what(model, number);
            what.put("reason", reason);
            log.append("delete", Json.of(what), key);
            Making.deleteAll(version.folder());
        }
    }

    /** Adds what somebody says of a version, a file, to its folder {@code attestations}. */
    public void attest(String model, int number, Path file, @Nullable SigningKey key) throws IOException {
        try (FolderLock lock = lock()) {
            Path attestations = completed(key).version(model, number).folder().resolve(ModelSignature.ATTESTATIONS);
            Path target = attestations.resolve(file.getFileName());
            if (Files.exists(target)) {
                throw new FormatException(target + ": it is there already");
            }
            SequencedMap<String, Object> what = what(model, number);
            what.put("file", ModelSignature.ATTESTATIONS + "/" + file.getFileName());
            what.put("sha256", Sha256.of(file));
            Files.createDirectories(attestations);
            Path made = Making.of(target);
            Files.copy(file, made, StandardCopyOption.REPLACE_EXISTING);
            Making.sync(made);
            log.append("attest", Json.of(what), key);
            Making.move(target);
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

    // ---- what is there

    /**
     * What the log says.
     *
     * @throws FormatException if the log is not sound, so that it may say something else than what was done
     */
    private Replay replay() throws IOException {
        Replay replay = new Replay(folder);
        AuditLog.Findings findings = log.read(null, replay);
        if (!findings.isSound()) {
            throw new FormatException(
                    findings.all().getFirst() + "; nothing is taken from a log that is not sound, see 'unet verify'");
        }
        if (findings.pending() != null) {
            replay.take(findings.pending());
        }
        return replay;
    }

    /** All versions that are not deleted, in the order in which they came. */
    public List<ModelVersion> versions() throws IOException {
        return List.copyOf(replay().versions());
    }

    /**
     * One version.
     *
     * @throws FormatException if there is none
     */
    public ModelVersion version(String model, int number) throws IOException {
        return replay().version(model, number);
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

    /**
     * An entry of the log.
     *
     * @param number counted from 1
     * @param time when, to the second
     * @param who user and machine
     * @param event what kind of thing was done
     * @param hash SHA-256 of the entry
     */
    public record Event(int number, String time, String who, String event, Json what, String hash) {}

    /** What is told of each entry. */
    @FunctionalInterface
    public interface History {
        /** Takes the next entry. */
        void take(Event event) throws IOException;
    }

    /** Tells of all intact entries of the log, first to last. */
    public void history(History to) throws IOException {
        log.read(null, e -> to.take(new Event(e.number(), e.time(), e.who(), e.event(), e.what(), e.hash())));
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
            Replay replay = new Replay(folder);
            findings = new ArrayList<>(log.read(key, replay).all());
            version = replay.version(model, number);
            findings.addAll(Inspection.findings(version, key));
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
        return Inspection.findings(folder, log, key);
    }
}
