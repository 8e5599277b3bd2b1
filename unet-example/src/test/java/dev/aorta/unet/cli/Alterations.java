package dev.aorta.unet.cli;

import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.signing.Bundle;
import dev.aorta.unet.signing.SigningKey;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** Harm done to a registry, one at a time, and undone. */
final class Alterations {
    private final Path root;
    private final List<Path> files;
    private final SigningKey forger;

    Alterations(Path root, List<Path> files, SigningKey forger) {
        this.root = root;
        this.files = files;
        this.forger = forger;
    }

    /** What was done, what a finding must name, and the way back. */
    record Undo(String what, String names, Back back) implements Closeable {
        interface Back {
            void run() throws IOException;
        }

        @Override
        public void close() throws IOException {
            back.run();
        }
    }

    Undo alter(Random random) throws IOException {
        return switch (random.nextInt(8)) {
            case 0, 1, 2 -> bit(random);
            case 3 -> length(random);
            case 4 -> missingOrForeign(random);
            case 5 -> swappedVersions(random);
            default -> log(random);
        };
    }

    private Path any(Random random) {
        return files.get(random.nextInt(files.size()));
    }

    private Undo replaced(String what, Path file, byte[] now) throws IOException {
        byte[] before = Files.readAllBytes(file);
        Files.write(file, now);
        return new Undo(what, file.getFileName().toString(), () -> Files.write(file, before));
    }

    private Undo bit(Random random) throws IOException {
        Path file = any(random);
        byte[] bytes = Files.readAllBytes(file);
        int at = random.nextInt(bytes.length);
        int bit = random.nextInt(8);
        bytes[at] ^= (byte) (1 << bit);
        return replaced("bit %d of byte %d of %s".formatted(bit, at, file), file, bytes);
    }

    private Undo length(Random random) throws IOException {
        Path file = any(random);
        byte[] bytes = Files.readAllBytes(file);
        int length = random.nextBoolean() ? bytes.length + 1 : random.nextInt(bytes.length);
        return replaced("%d bytes of %s".formatted(length, file), file, java.util.Arrays.copyOf(bytes, length));
    }

    private Undo missingOrForeign(Random random) throws IOException {
        Path file = any(random);
        if (random.nextBoolean()) {
            byte[] before = Files.readAllBytes(file);
            Files.delete(file);
            return new Undo("without " + file, file.getFileName().toString(), () -> Files.write(file, before));
        }
        Path foreign = file.resolveSibling("foreign-" + random.nextInt(1000));
        Files.write(foreign, new byte[random.nextInt(3)]);
        return new Undo("with " + foreign, foreign.getFileName().toString(), () -> Files.delete(foreign));
    }

    /** A file of one version in the place of the same file of the other, where they differ. */
    private Undo swappedVersions(Random random) throws IOException {
        List<String> different = List.of("README.md", "card.html", "bom.cdx.json", "model.sig");
        String name = different.get(random.nextInt(different.size()));
        Path one = root.resolve("models/lv/1").resolve(name);
        Path two = root.resolve("models/lv/2").resolve(name);
        return random.nextBoolean()
                ? replaced("one for two, " + name, two, Files.readAllBytes(one))
                : replaced("two for one, " + name, one, Files.readAllBytes(two));
    }

    private Undo log(Random random) throws IOException {
        Path log = root.resolve("log.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(log));
        int at = random.nextInt(lines.size());
        int kind = random.nextInt(5);
        switch (kind) {
            case 0 -> lines.remove(at);
            case 1 -> lines.add(at, lines.get(random.nextInt(lines.size())));
            case 2 -> {
                int other = (at + 1 + random.nextInt(lines.size() - 1)) % lines.size();
                String kept = lines.get(at);
                lines.set(at, lines.get(other));
                lines.set(other, kept);
            }
            case 3 -> lines.set(at, rehashed(lines.get(at), null));
            default -> {
                return forged(log, lines, at);
            }
        }
        byte[] text = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        return replaced("kind %d of line %d of the log".formatted(kind, at + 1), log, text);
    }

    /** An entry by another, with its hash right again. */
    private static String rehashed(String line, @Nullable String previous) throws IOException {
        SequencedMap<String, Object> m = new LinkedHashMap<>(Json.parse(line).asObject());
        m.remove("hash");
        m.put("who", "mallory");
        if (previous != null) {
            m.put("previous", previous);
        }
        m.put("hash", Sha256.of(Json.of(m).compact().getBytes(StandardCharsets.UTF_8)));
        return Json.of(m).compact();
    }

    /** The whole log from an entry on, with all hashes right, and a head that somebody else has signed, or nobody. */
    private Undo forged(Path log, List<String> lines, int from) throws IOException {
        String previous = Json.parse(lines.get(from)).get("previous").asText();
        for (int i = from; i < lines.size(); i++) {
            lines.set(i, rehashed(lines.get(i), previous));
            previous = Json.parse(lines.get(i)).get("hash").asText();
        }
        Path head = root.resolve("head.json");
        byte[] before = Files.readAllBytes(head);
        Json last = Json.parse(lines.getLast());
        Files.writeString(
                head,
                from % 2 == 0
                        ? last.pretty()
                        : Bundle.sign(
                                Bundle.statement("log.jsonl", previous, "https://aorta.example/audit-head/v1", last),
                                forger));
        Undo undo = replaced(
                "a log forged from line " + (from + 1),
                log,
                (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
        return new Undo(undo.what(), "head.json", () -> {
            undo.close();
            Files.write(head, before);
        });
    }
}
