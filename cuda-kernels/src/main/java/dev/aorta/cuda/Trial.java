package dev.aorta.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Opens CUDA in a process of its own first, with a time limit: a driver that is damaged, or does not fit, ends or hangs the process
 * that loads it. Whether it survived is remembered, in this process and for a day in a file of the user's cache.
 *
 * <p>Property {@code aorta.cuda.trial.seconds} is the time limit, 30; with 0 there is no trial.
 */
final class Trial {
    private static final Duration REMEMBERED = Duration.ofDays(1);
    private static final long SECONDS = Long.getLong("aorta.cuda.trial.seconds", 30);
    private static final String USABLE = "usable";
    private static final String REFUSED = "refused ";

    private static @Nullable String known;

    private Trial() {}

    /** Why CUDA cannot be used, or empty; the first call in the life of a process may take seconds. */
    static synchronized String failure() {
        if (SECONDS == 0 || !Files.isExecutable(java())) {
            return ""; // an image of the JDK without its launcher cannot start another process
        }
        if (known == null) {
            CudaLibraries libraries;
            try {
                libraries = CudaLibraries.find();
            } catch (CudaException e) {
                known = String.valueOf(e.getMessage());
                return known;
            }
            Path memory = memory(libraries);
            String remembered = read(memory);
            known = remembered != null ? remembered : run(libraries.driver(), memory, SECONDS);
        }
        return known;
    }

    /** The child process: says whether CUDA can be used. */
    public static void main(String[] arguments) {
        String said;
        try {
            new CudaBackend(0, CudaOptions.fromProperties()).close(); // all of it: a wrong cuDNN counts too
            said = USABLE;
        } catch (CudaException e) {
            said = REFUSED + e.getMessage();
        }
        System.out.write(said.getBytes(StandardCharsets.UTF_8), 0, said.getBytes(StandardCharsets.UTF_8).length);
        System.out.flush();
    }

    static String run(Path driver, Path memory, long seconds) {
        Path folder;
        try {
            folder = Files.createTempDirectory("aorta-cuda-trial-");
        } catch (IOException e) {
            return "[cuda] no folder for JCuda's native libraries can be made in "
                    + System.getProperty("java.io.tmpdir")
                    + "\n    cure      name a folder that can be written with -Djava.io.tmpdir=DIR";
        }
        try {
            String outcome = tried(driver, folder, seconds);
            if (!outcome.startsWith(REFUSED)) {
                remember(memory, outcome);
            }
            return outcome.startsWith(REFUSED) ? outcome.substring(REFUSED.length()) : outcome;
        } catch (IOException e) {
            return "[cuda] Java cannot be started to try the driver: " + e.getMessage();
        } finally {
            delete(folder);
        }
    }

    /** Empty when CUDA can be used; otherwise why not, behind {@link #REFUSED} where the process said it itself. */
    private static String tried(Path driver, Path folder, long seconds) throws IOException {
        Path output = folder.resolve("said");
        Process process = new ProcessBuilder(command(folder))
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        boolean ended = false;
        try {
            ended = process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.destroyForcibly();
        }
        if (!ended) {
            return "[cuda] the driver %s does not answer within %d s\n    cure      restart the machine or install the driver anew"
                    .formatted(driver, seconds);
        }
        String said = Files.readString(output);
        if (process.exitValue() == 0 && said.equals(USABLE)) {
            return "";
        }
        if (process.exitValue() == 0 && said.startsWith(REFUSED)) {
            return said;
        }
        return "[cuda] the driver %s ends the program that loads it (exit status %d)\n    cure      install the driver anew"
                .formatted(driver, process.exitValue());
    }

    private static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    private static List<String> command(Path folder) {
        var command = new ArrayList<>(List.of(
                java().toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=/dev/null",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + folder));
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("aorta.cuda."))
                .forEach(name -> command.add("-D" + name + "=" + System.getProperty(name)));
        String classes = Stream.of("java.class.path", "jdk.module.path")
                .map(System::getProperty)
                .filter(Objects::nonNull)
                .reduce((a, b) -> a + System.getProperty("path.separator") + b)
                .orElse("");
        command.addAll(List.of("-cp", classes, Trial.class.getName()));
        return command;
    }

    /** The file for what these libraries do since this boot of the machine. */
    private static Path memory(CudaLibraries libraries) {
        StringBuilder identity = new StringBuilder(System.getProperty("java.version"));
        for (Path file : new Path[] {libraries.driver(), libraries.cublas(), libraries.cudnn()}) {
            if (file != null) {
                identity.append('\n')
                        .append(file)
                        .append(' ')
                        .append(file.toFile().length())
                        .append(' ')
                        .append(file.toFile().lastModified());
            }
        }
        identity.append('\n').append(text(Path.of("/proc/sys/kernel/random/boot_id")));
        String cache = System.getenv("XDG_CACHE_HOME");
        Path folder = cache != null && !cache.isBlank()
                ? Path.of(cache)
                : Path.of(System.getProperty("user.home", "."), ".cache");
        String name = HexFormat.of().toHexDigits(Objects.hash(identity.toString()));
        return folder.resolve("aorta").resolve("cuda-trial-" + name);
    }

    private static @Nullable String read(Path memory) {
        try {
            boolean fresh = Files.getLastModifiedTime(memory)
                    .toInstant()
                    .plus(REMEMBERED)
                    .isAfter(Instant.now());
            String outcome = fresh ? Files.readString(memory) : null;
            return outcome == null || outcome.isEmpty()
                    ? outcome
                    : outcome + "\n    tried     before; delete " + memory + " to try again";
        } catch (IOException absent) {
            return null;
        }
    }

    private static void remember(Path memory, String outcome) {
        try {
            Files.createDirectories(memory.resolveSibling(""));
            Files.writeString(memory, outcome);
        } catch (IOException unwritable) {
            return; // it is tried again in the next process
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException absent) {
            return "";
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> content = Files.walk(folder)) {
            for (Path path : content.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException leftBehind) {
            return; // the system's temporary folder is cleaned by the system
        }
    }
}
