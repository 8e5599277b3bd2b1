package dev.aorta.unet.train;

import dev.aorta.Device;
import dev.aorta.Tensor;
import dev.aorta.unet.imaging.Sha256;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Where a training began: program, machine, time. What is said of the code is said once, when the first training begins. */
final class Provenance {
    private static final String CODE = code();
    private static final String GIT = git();

    private Provenance() {}

    /** All of it, by name. */
    static SequencedMap<String, String> here(Device device) {
        SequencedMap<String, String> m = new LinkedHashMap<>();
        String version = Provenance.class.getPackage().getImplementationVersion();
        m.put("aorta", version == null ? "development build" : version);
        m.put("code", CODE);
        m.put("git", GIT);
        m.put("began", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        m.put("device", device + ", " + device.backend().description());
        m.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        m.put("memory", (Runtime.getRuntime().maxMemory() >> 20) + " MiB of heap at most");
        m.put("java", System.getProperty("java.runtime.version") + ", " + System.getProperty("java.vendor"));
        m.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                        + System.getProperty("os.arch"));
        return m;
    }

    /** SHA-256 of the program's and the library's classes, or jars, each file with its name. */
    private static String code() {
        try {
            TreeMap<String, String> digests = new TreeMap<>();
            for (Class<?> part : List.of(Tensor.class, Provenance.class)) {
                Path place = place(part);
                if (place == null) {
                    return "unknown: the classes come from no file";
                }
                if (Files.isRegularFile(place)) {
                    digests.put(part.getName(), Sha256.of(place));
                    continue;
                }
                try (Stream<Path> files = Files.walk(place)) {
                    for (Path file : files.filter(Files::isRegularFile).toList()) {
                        String name = place.relativize(file).toString();
                        digests.put(part.getName() + "/" + name.replace('\\', '/'), Sha256.of(file));
                    }
                }
            }
            return "sha256 " + Sha256.of(digests.toString().getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            return "unknown: " + e.getMessage();
        }
    }

    private static @Nullable Path place(Class<?> part) {
        CodeSource source = part.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null
                ? null
                : Path.of(URI.create(source.getLocation().toString()));
    }

    /** The revision that the code lies in, and how many files are other than it has them. */
    private static String git() {
        Path place = place(Provenance.class);
        Path folder = place == null || Files.isDirectory(place) ? place : place.getParent();
        if (folder == null) {
            return "unknown: the classes come from no file";
        }
        try {
            Process git = new ProcessBuilder("git", "status", "--porcelain=v2", "--branch", "--untracked-files=normal")
                    .directory(folder.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            List<String> lines = git.inputReader(StandardCharsets.UTF_8).lines().toList();
            if (!git.waitFor(5, TimeUnit.SECONDS) || git.exitValue() != 0) {
                return "none: the code lies in no git checkout";
            }
            return revision(lines);
        } catch (IOException e) {
            return "unknown: git cannot be run";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "unknown: interrupted";
        }
    }

    /** Of the lines of {@code git status --porcelain=v2 --branch}. */
    static String revision(List<String> status) {
        String oid = status.stream()
                .filter(line -> line.startsWith("# branch.oid "))
                .map(line -> line.substring("# branch.oid ".length()))
                .findFirst()
                .orElse("(unknown)");
        long changed = status.stream().filter(line -> !line.startsWith("#")).count();
        return oid + (changed == 0 ? ", clean" : ", " + changed + " files changed");
    }
}
