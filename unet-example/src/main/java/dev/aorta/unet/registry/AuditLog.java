package dev.aorta.unet.registry;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.signing.Bundle;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.signing.SigningKey;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * What was done, when and by whom, in a file that is only ever added to: a line of JSON for each entry, with its number, the SHA-256
 * of the entry before it, and its own. {@code head.json} has the last entry once more, so that none can be cut off, and is signed
 * where a key is given. The head is written first: an entry that a killed process did not write is written by the next one.
 */
final class AuditLog {
    static final String FILE = "log.jsonl";
    static final String HEAD = "head.json";
    static final String HEAD_TYPE = "https://aorta.example/audit-head/v1";
    private static final String NOTHING = "0".repeat(64);

    private final Path file;
    private final Path head;

    AuditLog(Path folder) {
        file = folder.resolve(FILE);
        head = folder.resolve(HEAD);
    }

    /**
     * One entry.
     *
     * @param number counted from 1
     * @param time when, to the second
     * @param who user and machine
     * @param event what kind of thing was done
     * @param what was done
     */
    record Entry(int number, String time, String who, String event, Json what, String previous, String hash) {
        static Entry after(@Nullable Entry last, String event, Json what) {
            String time = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
            int number = last == null ? 1 : last.number + 1;
            String previous = last == null ? NOTHING : last.hash;
            Entry open = new Entry(number, time, whoIAm(), event, what, previous, "");
            return new Entry(number, time, open.who, event, what, previous, open.digest());
        }

        private static String whoIAm() {
            String machine = System.getenv("HOSTNAME");
            return System.getProperty("user.name") + (machine == null ? "" : "@" + machine);
        }

        static Entry of(Json json) throws FormatException {
            return new Entry(
                    json.get("entry").asInt(),
                    json.get("time").asText(),
                    json.get("who").asText(),
                    json.get("event").asText(),
                    json.get("what"),
                    json.get("previous").asText(),
                    json.get("hash").asText());
        }

        private SequencedMap<String, Object> open() {
            SequencedMap<String, Object> m = new LinkedHashMap<>();
            m.put("entry", number);
            m.put("time", time);
            m.put("who", who);
            m.put("event", event);
            m.put("what", what);
            m.put("previous", previous);
            return m;
        }

        Json toJson() {
            SequencedMap<String, Object> m = open();
            m.put("hash", hash);
            return Json.of(m);
        }

        private String digest() {
            return Sha256.of(Json.of(open()).compact().getBytes(StandardCharsets.UTF_8));
        }

        boolean follows(@Nullable Entry last) {
            return number == (last == null ? 1 : last.number + 1)
                    && previous.equals(last == null ? NOTHING : last.hash);
        }
    }

    /** What is in a log, and what is wrong with it. */
    record Reading(List<Entry> entries, List<String> findings) {}

    private static String line(Entry entry) {
        return entry.toJson().compact() + "\n";
    }

    /**
     * Reads and checks everything.
     *
     * @param key that must have signed the head, or null where that is not asked
     */
    Reading read(@Nullable PublicKeyFile key) throws IOException {
        List<Entry> entries = new ArrayList<>();
        List<String> findings = new ArrayList<>();
        Entry last = null;
        if (!Files.exists(file) && Files.exists(head)) {
            findings.add(file + ": it is missing");
        }
        String text = Files.exists(file) ? Files.readString(file, StandardCharsets.ISO_8859_1) : "";
        List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
        if (!lines.removeLast().isEmpty()) {
            findings.add(file + ": its last line was cut off or added to");
        }
        for (int i = 1; i <= lines.size(); i++) {
            byte[] bytes = lines.get(i - 1).getBytes(StandardCharsets.ISO_8859_1);
            Entry entry = entry(bytes);
            if (entry == null) {
                findings.add(file + ", line " + i + ": this entry was altered");
                continue;
            }
            if (!entry.follows(last)) {
                findings.add(
                        "%s, line %d: entry %d does not follow %s: entries are missing, foreign or in another order"
                                .formatted(file, i, entry.number, last == null ? "the begin" : "entry " + last.number));
            }
            entries.add(entry);
            last = entry;
        }
        checkHead(last, key, findings);
        return new Reading(entries, findings);
    }

    /** An entry whose bytes are those that were written. */
    private static @Nullable Entry entry(byte[] line) {
        try {
            Entry entry = Entry.of(Json.parse(line));
            boolean intact = entry.digest().equals(entry.hash)
                    && Arrays.equals(line, entry.toJson().compact().getBytes(StandardCharsets.UTF_8));
            return intact ? entry : null;
        } catch (FormatException e) {
            return null;
        }
    }

    private void checkHead(@Nullable Entry last, @Nullable PublicKeyFile key, List<String> findings)
            throws IOException {
        try {
            Entry named = head(key);
            if (named == null && last != null) {
                findings.add(head + ": it is missing, so that nobody can tell whether entries were cut off");
            } else if (named != null && named.follows(last)) {
                findings.add(file + ": entry " + named.number + " is missing, which is in " + head
                        + "; if a process was stopped, the next command adds it");
            } else if (named != null && !named.equals(last)) {
                findings.add(head + ": it names entry " + named.number + " as the last one, and the log ends with "
                        + (last == null ? "none" : "entry " + last.number + ", which is another one"));
            }
        } catch (FormatException e) {
            findings.add(String.valueOf(e.getMessage()));
        }
    }

    private @Nullable Entry head(@Nullable PublicKeyFile key) throws IOException {
        if (!Files.exists(head)) {
            return null;
        }
        byte[] bytes = Files.readAllBytes(head);
        try {
            Json json = Json.parse(bytes);
            boolean signed = json.asObject().containsKey("dsseEnvelope");
            if (key != null) {
                if (!signed) {
                    throw new FormatException("it is not signed");
                }
                Bundle bundle = Bundle.verifyOwn(head, bytes, key);
                bundle.requireType(head, HEAD_TYPE);
                return Entry.of(bundle.predicate());
            }
            Entry entry = Entry.of(signed ? Bundle.unverified(bytes).predicate() : json);
            if (!signed
                    && !new String(bytes, StandardCharsets.UTF_8)
                            .equals(entry.toJson().pretty())) {
                throw new FormatException("it was altered");
            }
            return entry;
        } catch (FormatException e) {
            String message = String.valueOf(e.getMessage());
            throw new FormatException(message.startsWith(head.toString()) ? message : head + ": " + message, e);
        }
    }

    /**
     * Adds an entry; the caller has locked the folder.
     *
     * @throws FormatException if the log is not sound, or is signed and no key is given
     */
    Entry append(String event, Json what, @Nullable SigningKey key) throws IOException {
        Reading before = mended();
        if (!before.findings.isEmpty()) {
            throw new FormatException("nothing is added to a log that is not sound: " + before.findings.getFirst());
        }
        if (key == null && Files.exists(head) && isSigned()) {
            throw new FormatException(head + ": this log is signed; name the key with --key");
        }
        Entry entry = Entry.after(before.entries.isEmpty() ? null : before.entries.getLast(), event, what);
        if (key == null) {
            AtomicFile.write(head, out -> out.write(entry.toJson().pretty().getBytes(StandardCharsets.UTF_8)));
        } else {
            Bundle.write(head, Bundle.statement(FILE, entry.hash, HEAD_TYPE, entry.toJson()), key);
        }
        write(entry);
        return entry;
    }

    private boolean isSigned() throws IOException {
        return Json.parse(Files.readAllBytes(head)).asObject().containsKey("dsseEnvelope");
    }

    /** Adds what a killed process has promised in the head and not written, whole or in part. */
    private Reading mended() throws IOException {
        Entry promised = head(null);
        if (promised != null) {
            byte[] line = line(promised).getBytes(StandardCharsets.UTF_8);
            byte[] log = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            int whole = 0;
            for (int i = 0; i < log.length; i++) {
                whole = log[i] == '\n' ? i + 1 : whole;
            }
            byte[] rest = Arrays.copyOfRange(log, whole, log.length);
            boolean begun = rest.length < line.length && Arrays.equals(rest, Arrays.copyOf(line, rest.length));
            Reading now = read(null);
            boolean missing = promised.follows(now.entries.isEmpty() ? null : now.entries.getLast());
            if (missing && begun) {
                try (FileChannel channel =
                        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    channel.truncate(whole);
                }
                write(promised);
            }
        }
        return read(null);
    }

    private void write(Entry entry) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer line = ByteBuffer.wrap(line(entry).getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            channel.force(true);
        }
    }
}
