package dev.aorta.jmhgate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.function.Consumer;
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
        if (run.isEmpty()) {
            return Report.of(JmhResults.read(base), JmhResults.read(head), settings.rules());
        }
        Report report = measured(
                new Rounds(run, settings.java(), settings.jmh(), settings.work().toAbsolutePath(), log));
        return run.size() == 1
                ? report.with(
                        "one side was measured at another time: what has changed on the machine since then counts too")
                : report;
    }

    private Report measured(Rounds rounds) throws IOException {
        Rules rules = settings.rules();
        Map<Unit, List<Rounds.Side>> units = rounds.units(settings.include());
        rounds.run(FIRST, settings.forks(), units);
        SortedMap<String, Measurement> ofBase =
                Settings.isJar(base) ? rounds.results(FIRST, BASE) : JmhResults.read(base);
        SortedMap<String, Measurement> ofHead =
                Settings.isJar(head) ? rounds.results(FIRST, HEAD) : JmhResults.read(head);
        if (!settings.confirm()) {
            return Report.of(ofBase, ofHead, rules);
        }
        Report screened = Report.of(ofBase, ofHead, rules.screening());
        List<Comparison> suspects = screened.failures();
        if (!suspects.isEmpty()) {
            log.accept(suspects.size() + " may be worse; measured once more, to be sure");
            units.keySet().removeIf(unit -> suspects.stream().noneMatch(c -> unit.measures(c.key())));
            rounds.run(AGAIN, settings.forks(), units);
        }
        return screened.and(rounds.results(AGAIN, BASE), rounds.results(AGAIN, HEAD), rules);
    }
}
