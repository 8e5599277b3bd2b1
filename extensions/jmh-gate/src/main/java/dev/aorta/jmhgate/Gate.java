package dev.aorta.jmhgate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Builds, measures and compares, as {@link Settings} say. */
final class Gate {
    private static final String FIRST = "first";
    private static final String AGAIN = "again";
    private static final String BASE = "base";
    private static final String HEAD = "head";

    private final Settings settings;
    private final Consumer<String> log;
    private final Path base;
    private final Path head;

    private Gate(Settings settings, Consumer<String> log) throws IOException {
        this.settings = settings;
        this.log = log;
        Files.createDirectories(settings.work());
        this.base = base();
        this.head = settings.head() == null ? built(null) : settings.head();
    }

    /**
     * Compares.
     *
     * @param log is told what goes on
     * @throws IOException when something cannot be built, run or read
     * @throws IllegalArgumentException when measurements cannot be compared
     */
    static Report run(Settings settings, Consumer<String> log) throws IOException {
        return new Gate(settings, log).report();
    }

    private Path base() throws IOException {
        return settings.base() == null ? built(Objects.requireNonNull(settings.ref())) : settings.base();
    }

    /** The jar of a commit, or of the working tree for null. */
    private Path built(@Nullable String ref) throws IOException {
        Build build = Build.in(settings.directory(), settings.build(), settings.jar());
        Path jar =
                settings.work().resolve(ref == null ? "head.jar" : "base.jar").toAbsolutePath();
        log.accept("building " + (ref == null ? "the working tree" : ref) + ": " + settings.build());
        if (ref == null) {
            build.head(jar);
        } else {
            build.base(ref, jar);
        }
        return jar;
    }

    private Report report() throws IOException {
        List<Rounds.Side> run = new ArrayList<>();
        if (Settings.isJar(base)) {
            run.add(new Rounds.Side(BASE, base.toAbsolutePath()));
        }
        if (Settings.isJar(head)) {
            run.add(new Rounds.Side(HEAD, head.toAbsolutePath()));
        }
        Rounds rounds =
                new Rounds(run, settings.java(), settings.jmh(), settings.work().toAbsolutePath(), log);
        if (!run.isEmpty()) {
            rounds.run(FIRST, settings.forks(), settings.include());
        }
        Report report = compare(rounds, FIRST);
        if (!run.isEmpty() && settings.confirm() && !report.failures().isEmpty()) {
            log.accept(report.failures().size() + " look worse; measured once more, to be sure");
            rounds.run(AGAIN, settings.forks(), names(report.failures()));
            report = report.confirmedBy(compare(rounds, AGAIN));
        }
        return run.size() == 1
                ? report.with(
                        "one side was measured at another time: what has changed on the machine since then counts too")
                : report;
    }

    private Report compare(Rounds rounds, String look) throws IOException {
        return Report.of(measured(rounds, look, BASE, base), measured(rounds, look, HEAD, head), settings.rules());
    }

    private static SortedMap<String, Measurement> measured(Rounds rounds, String look, String side, Path path)
            throws IOException {
        return Settings.isJar(path) ? rounds.results(look, side) : JmhResults.read(path);
    }

    /** A regular expression of just these benchmarks. */
    private static String names(List<Comparison> comparisons) {
        return comparisons.stream()
                .map(c -> "^" + Pattern.quote(c.benchmark()) + "$")
                .distinct()
                .collect(Collectors.joining("|"));
    }
}
