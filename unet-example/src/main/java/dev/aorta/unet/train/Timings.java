package dev.aorta.unet.train;

import dev.aorta.io.AtomicFile;
import dev.aorta.train.Callback;
import dev.aorta.train.EpochScores;
import dev.aorta.train.Fit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A table {@code epoch,ended,seconds} of a training, beside its metrics, which are the same when it is done again. The seconds of
 * an epoch are those since the one before, or since this process began with it.
 */
final class Timings implements Callback {
    private static final String HEAD = "epoch,ended,seconds";

    private final Path file;
    private final List<String> lines = new ArrayList<>();
    private long since;

    Timings(Path file) {
        this.file = file;
    }

    @Override
    public void fitBegins(Fit fit) throws IOException {
        since = System.nanoTime();
        if (fit.resumedFrom() != null && Files.exists(file)) {
            lines.addAll(Files.readAllLines(file).stream().skip(1).toList());
        }
    }

    @Override
    public void epochEnds(Fit fit, EpochScores epoch) throws IOException {
        long now = System.nanoTime();
        lines.removeIf(line -> epochOf(line) >= epoch.epoch()); // those that are trained again
        lines.add(String.format(
                Locale.ROOT,
                "%d,%s,%.3f",
                epoch.epoch(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                (now - since) / 1e9));
        since = now;
        String table = HEAD + "\n" + String.join("\n", lines) + "\n";
        AtomicFile.write(file, out -> out.write(table.getBytes(StandardCharsets.UTF_8)));
    }

    private static int epochOf(String line) {
        return Integer.parseInt(line.substring(0, line.indexOf(',')));
    }

    /** Seconds of all epochs of a table together; 0 where there is none. */
    static double total(Path file) throws IOException {
        double seconds = 0;
        if (Files.exists(file)) {
            for (String line : Files.readAllLines(file).stream().skip(1).toList()) {
                seconds += Double.parseDouble(line.substring(line.lastIndexOf(',') + 1));
            }
        }
        return seconds;
    }
}
