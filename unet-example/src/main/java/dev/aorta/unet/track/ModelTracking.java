package dev.aorta.unet.track;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells an MLflow server of the models that a registry keeps: registered models, versions, aliases and tags. The journal is the
 * registry's own log; {@code tracking.json} beside it says which server is told, up to which entry, and which number it gave each
 * version.
 */
public final class ModelTracking {
    private static final String FILE = "tracking.json";
    /** By which a version is known again whose making was not heard of. */
    private static final String ENTRY = "aorta.entry";

    private final Path file;
    private final Mlflow server;
    private final String url;
    private final SequencedMap<String, String> versions = new LinkedHashMap<>();
    private int sent;
    private int told;

    private ModelTracking(Path file, Json state, Duration patience) throws FormatException {
        this.file = file;
        url = state.get("url").asText();
        sent = state.get("sent").asInt();
        for (var version : state.get("versions").asObject().entrySet()) {
            versions.put(version.getKey(), version.getValue().asText());
        }
        server = new Mlflow(url, patience);
    }

    /** Whether a server is told of a registry. */
    public static boolean isTracked(Path registry) {
        return Files.isRegularFile(registry.resolve(FILE));
    }

    /**
     * What is told of a registry.
     *
     * @param url of the server where another one than before shall have all of it, or null
     * @param patience with each answer
     * @throws FormatException if nobody ever said which server
     */
    public static ModelTracking of(Path registry, @Nullable String url, Duration patience) throws IOException {
        Path file = registry.resolve(FILE);
        Json state = null;
        try {
            state = Files.isRegularFile(file) ? Json.parse(Files.readAllBytes(file)) : null;
            if (url != null && (state == null || !state.get("url").asText().equals(url))) {
                state = Json.of(Map.of("url", url, "sent", 0, "versions", Map.of()));
            }
            if (state == null) {
                throw new FormatException(
                        registry + ": nothing says where it is tracked; name the server with --track");
            }
            ModelTracking tracking = new ModelTracking(file, state, patience);
            tracking.write();
            return tracking;
        } catch (FormatException e) {
            throw state == null ? e : new FormatException(file + ": " + e.getMessage(), e);
        }
    }

    private void write() throws IOException {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("url", url);
        m.put("sent", sent);
        m.put("versions", versions);
        byte[] json = Json.of(m).pretty().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(file, out -> out.write(json));
    }

    /** Entries that the server was told of since. */
    public int told() {
        return told;
    }

    /**
     * Tells the server of an entry of the log, where it has not heard of it.
     *
     * @param number of the entry
     * @param event what kind of thing was done
     * @param hash of the entry
     * @throws IOException if the server cannot be reached or does not answer as it should; what arrived stays
     */
    public void tell(int number, String event, Json what, String hash) throws IOException {
        if (number <= sent) {
            return;
        }
        try {
            switch (event) {
                case "register" -> register(what, hash);
                case "alias" ->
                    server.alias(model(what), version(what), what.get("alias").asText());
                case "tag" ->
                    server.tag(
                            model(what),
                            version(what),
                            what.get("tag").asText(),
                            what.get("value").asText());
                case "delete" -> server.delete(model(what), version(what));
                default -> {
                    return; // MLflow has no word for it
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(file + ": interrupted; what was sent stays", e);
        }
        sent = number;
        told++;
        write();
    }

    private static String model(Json what) throws FormatException {
        return what.get("model").asText();
    }

    private static String id(Json what) throws FormatException {
        return model(what) + "/" + what.get("version").asInt();
    }

    private String version(Json what) throws FormatException {
        String version = versions.get(id(what));
        if (version == null) {
            throw new FormatException(file + ": it does not say which version " + id(what) + " is on the server");
        }
        return version;
    }

    private void register(Json what, String hash) throws IOException, InterruptedException {
        server.model(model(what));
        String there = server.versionWith(model(what), ENTRY, hash);
        versions.put(id(what), there != null ? there : create(what, hash));
    }

    private String create(Json what, String hash) throws IOException, InterruptedException {
        String model = "model.safetensors";
        Json digest = what.get("files").asObject().get(model);
        SequencedMap<String, String> tags = new LinkedHashMap<>();
        tags.put("aorta.version", Integer.toString(what.get("version").asInt()));
        tags.put(ENTRY, hash);
        if (digest != null) {
            tags.put("aorta.sha256", digest.asText());
        }
        for (var tag : what.get("tags").asObject().entrySet()) {
            tags.put(tag.getKey(), tag.getValue().asText());
        }
        String run = run(what);
        String source = run.isEmpty()
                ? "urn:sha256:" + (digest == null ? hash : digest.asText())
                : "runs:/" + run + "/" + model;
        return server.version(model(what), source, run, tags);
    }

    /** The server's id of the run that a version was made of; empty where it does not know it. */
    private String run(Json what) throws IOException {
        Json folder = what.get("lineage").asObject().get("run");
        Journal.State state = folder == null ? null : new Journal(Path.of(folder.asText())).state();
        return state != null && state.url().equals(url) ? state.run() : "";
    }
}
