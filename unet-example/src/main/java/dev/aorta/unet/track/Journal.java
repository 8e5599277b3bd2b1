package dev.aorta.unet.track;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a training has to tell, a line of JSON each, in the run folder's {@code tracking.jsonl}, and in {@code tracking.json} how
 * much of it a server knows, and as which run.
 */
final class Journal {
    private final Path lines;
    private final Path state;

    Journal(Path run) {
        lines = run.resolve("tracking.jsonl");
        state = run.resolve("tracking.json");
    }

    /**
     * Where a server stands.
     *
     * @param url of the server
     * @param experiment its id there; empty while there is none
     * @param run its id there; empty while there is none
     * @param sent lines that it has
     */
    record State(String url, String experiment, String run, int sent) {
        State with(String newExperiment, String newRun, int newSent) {
            return new State(url, newExperiment, newRun, newSent);
        }
    }

    boolean exists() {
        return Files.isRegularFile(lines);
    }

    /** Adds a line. */
    synchronized void add(String kind, SequencedMap<String, Object> members) throws IOException {
        SequencedMap<String, Object> line = new LinkedHashMap<>();
        line.put("kind", kind);
        line.putAll(members);
        Files.writeString(lines, Json.of(line).compact() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /** All whole lines; the last one may have been cut off by the end of a process. */
    synchronized List<Json> read() throws IOException {
        List<Json> all = new ArrayList<>();
        if (exists()) {
            String text = Files.readString(lines);
            for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n")) {
                if (!line.isEmpty()) {
                    all.add(Json.parse(line));
                }
            }
        }
        return all;
    }

    /** Where the server stands, or null where none was ever named. */
    @Nullable
    State state() throws IOException {
        if (!Files.isRegularFile(state)) {
            return null;
        }
        try {
            Json json = Json.parse(Files.readAllBytes(state));
            return new State(
                    json.get("url").asText(),
                    json.get("experiment").asText(),
                    json.get("run").asText(),
                    json.get("sent").asInt());
        } catch (FormatException e) {
            throw new FormatException(state + ": " + e.getMessage(), e);
        }
    }

    void write(State now) throws IOException {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("url", now.url());
        m.put("experiment", now.experiment());
        m.put("run", now.run());
        m.put("sent", now.sent());
        byte[] json = Json.of(m).pretty().getBytes(StandardCharsets.UTF_8);
        AtomicFile.write(state, out -> out.write(json));
    }
}
