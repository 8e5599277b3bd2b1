package dev.aorta.unet.registry;

import dev.aorta.io.AtomicFile;
import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.signing.Bundle;
import dev.aorta.unet.signing.PublicKeyFile;
import dev.aorta.unet.signing.SigningKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
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
    private static final String CUT_OFF = ": its last line was cut off or added to";
    /** What stands in a line between what is hashed and its hash. */
    private static final String HASH = ",\"hash\":\"";

    private static final int MOST_FINDINGS = 1000;

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

    /** What is told of each intact entry of a log. */
    @FunctionalInterface
    interface Reader {
        /** Takes the next entry. */
        void take(Entry entry) throws IOException;
    }

    /**
     * What is wrong with a log.
     *
     * @param pending an entry that a killed process has promised in the head, which the next command writes; null where there is none
     */
    record Findings(List<String> all, @Nullable Entry pending) {
        /** Whether nothing is wrong but that an entry is not written yet. */
        boolean isSound() {
            return all.size() == (pending == null ? 0 : 1);
        }
    }

    /**
     * The end of the file, which is all that adding to it has to see.
     *
     * @param last whole line; null where there is none, or it is no intact entry
     * @param whole bytes up to the end of the last whole line
     * @param rest what comes after it
     */
    private record Tail(@Nullable Entry last, long whole, byte[] rest) {}

    private static String line(Entry entry) {
        return entry.toJson().compact() + "\n";
    }

    /**
     * Reads and checks everything, in memory one entry at a time.
     *
     * @param key that must have signed the head, or null where that is not asked
     */
    Findings read(@Nullable PublicKeyFile key, Reader reader) throws IOException {
        List<String> findings = new ArrayList<>();
        Entry last = null;
        if (!Files.exists(file)) {
            if (Files.exists(head)) {
                findings.add(file + ": it is missing");
            }
            return checkHead(null, key, findings);
        }
        int number = 0;
        try (InputStream in = Files.newInputStream(file)) {
            Lines lines = new Lines(in);
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                Entry entry = entry(line);
                String where = file + ", line " + ++number + ": ";
                if (entry == null) {
                    add(findings, where + "this entry was altered");
                    continue;
                }
                if (!entry.follows(last)) {
                    String before = last == null ? "the begin" : "entry " + last.number;
                    add(
                            findings,
                            where + "entry " + entry.number + " does not follow " + before
                                    + ": entries are missing, foreign or in another order");
                }
                reader.take(entry);
                last = entry;
            }
            if (lines.isCutOff()) {
                findings.add(file + CUT_OFF);
            }
        }
        return checkHead(last, key, findings);
    }

    private static void add(List<String> findings, String finding) {
        if (findings.size() < MOST_FINDINGS) {
            findings.add(finding);
        } else if (findings.size() == MOST_FINDINGS) {
            findings.add(finding + "; what else is wrong with entries is not listed");
        }
    }

    /** An entry whose bytes are those that were written: the hash at its end is that of what stands before it. */
    private static @Nullable Entry entry(byte[] line) {
        int open = line.length - HASH.length() - 2 - NOTHING.length();
        if (open < 0) {
            return null;
        }
        byte[] hashed = Arrays.copyOf(line, open + 1);
        hashed[open] = '}';
        byte[] whole = (HASH + Sha256.of(hashed) + "\"}").getBytes(StandardCharsets.US_ASCII);
        if (!Arrays.equals(line, open, line.length, whole, 0, whole.length)) {
            return null;
        }
        try {
            return Entry.of(Json.parse(line));
        } catch (FormatException e) {
            return null;
        }
    }

    private Findings checkHead(@Nullable Entry last, @Nullable PublicKeyFile key, List<String> findings)
            throws IOException {
        Entry pending = null;
        try {
            Entry named = head(key);
            if (named == null && last != null) {
                findings.add(head + ": it is missing, so that nobody can tell whether entries were cut off");
            } else if (named != null && named.follows(last)) {
                pending = named;
                findings.removeIf(f -> f.endsWith(CUT_OFF)); // it was begun, or that is found when it is written
                findings.add(file + ": entry " + named.number + " is missing, which is in " + head
                        + "; if a process was stopped, the next command adds it");
            } else if (named != null && !named.equals(last)) {
                findings.add(head + ": it names entry " + named.number + " as the last one, and " + file + " ends with "
                        + (last == null ? "none" : "entry " + last.number + ", which is another one"));
            }
        } catch (FormatException e) {
            findings.add(String.valueOf(e.getMessage()));
        }
        return new Findings(findings, pending);
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
     * Adds an entry; the caller has locked the folder. Of the log only the end is read: what lies before it, {@link #read} checks.
     *
     * @throws FormatException if the end of the log is not sound, or was signed by another key than this one
     */
    Entry append(String event, Json what, @Nullable SigningKey key) throws IOException {
        Entry entry = Entry.after(mended(key), event, what);
        if (key == null) {
            AtomicFile.write(head, out -> out.write(entry.toJson().pretty().getBytes(StandardCharsets.UTF_8)));
        } else {
            Bundle.write(head, Bundle.statement(FILE, entry.hash, HEAD_TYPE, entry.toJson()), key);
        }
        write(entry);
        return entry;
    }

    /** Whether the entry that was added last, whole or only promised, is number {@code number}. */
    boolean hasPromised(int number) throws IOException {
        Entry last = head(null);
        return last != null && last.number == number;
    }

    /**
     * Adds what a killed process has promised in the head and not written, whole or in part; the caller has locked the folder.
     *
     * @return the last entry, or null where there is none
     * @throws FormatException as {@link #append}
     */
    @Nullable
    Entry mended(@Nullable SigningKey key) throws IOException {
        boolean signed = Files.exists(head)
                && Json.parse(Files.readAllBytes(head)).asObject().containsKey("dsseEnvelope");
        if (signed && key == null) {
            throw new FormatException(head + ": this log is signed; name the key with --key");
        }
        Entry promised = head(signed && key != null ? key.publicKey() : null);
        Tail tail = tail();
        if (promised == null
                ? tail.whole == 0 && tail.rest.length == 0
                : promised.equals(tail.last) && tail.rest.length == 0) {
            return promised;
        }
        if (promised != null && (tail.whole == 0 || tail.last != null) && promised.follows(tail.last)) {
            byte[] line = line(promised).getBytes(StandardCharsets.UTF_8);
            if (tail.rest.length < line.length && Arrays.equals(tail.rest, Arrays.copyOf(line, tail.rest.length))) {
                try (FileChannel channel =
                        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                    channel.truncate(tail.whole);
                }
                write(promised);
                return promised;
            }
        }
        Findings findings = read(signed && key != null ? key.publicKey() : null, entry -> {});
        throw new FormatException("nothing is added to a log that is not sound: "
                + (findings.all.isEmpty() ? file + CUT_OFF : findings.all.getFirst()));
    }

    private Tail tail() throws IOException {
        if (!Files.exists(file)) {
            return new Tail(null, 0, new byte[0]);
        }
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            long size = in.length();
            for (long length = Math.min(1 << 16, size); ; length = Math.min(2 * length, size)) {
                byte[] end = new byte[(int) length];
                in.seek(size - length);
                in.readFully(end);
                int whole = end.length;
                while (whole > 0 && end[whole - 1] != '\n') {
                    whole--;
                }
                int begin = whole - 1;
                while (begin > 0 && end[begin - 1] != '\n') {
                    begin--;
                }
                if (whole > 0 && begin > 0 || length == size || length > Lines.MOST) {
                    Entry last = whole == 0 ? null : entry(Arrays.copyOfRange(end, begin, whole - 1));
                    return new Tail(last, size - length + whole, Arrays.copyOfRange(end, whole, end.length));
                }
            }
        }
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
