package dev.aorta.jmhgate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What results are measured on. */
public final class Host {
    private Host() {}

    /** Processor, number of processors and system, in a line that is the same for each run on one machine. */
    static String description() {
        return processor() + ", " + Runtime.getRuntime().availableProcessors() + " processors, "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch");
    }

    /** The processor's name, or {@code unknown} where the system does not tell. */
    public static String processor() {
        String windows = System.getenv("PROCESSOR_IDENTIFIER");
        return windows != null ? windows : field(Path.of("/proc/cpuinfo"), "model name");
    }

    /** The first line {@code name : value} of one of Linux' status files, or {@code unknown}. */
    public static String field(Path file, String name) {
        try (var lines = Files.lines(file)) {
            return lines.filter(l -> l.startsWith(name))
                    .map(l -> l.substring(l.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException | UncheckedIOException e) {
            return "unknown"; // not Linux
        }
    }
}
