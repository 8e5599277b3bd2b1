package dev.aorta.jmhgate;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code simulate}. */
@Command(
        name = "simulate",
        description = {
            "Shows what the gate is worth on a machine: how often it fails when nothing has changed, and how often it finds a "
                    + "slowdown, from recorded forks of one build (java -jar benchmarks.jar NAME -f 100 -rf json -rff noise.json).",
            "Without a file: on the noise that the gate was validated with."
        })
final class SimulateCommand implements Callable<Integer> {
    private static final int MOST_FORKS = 10;
    private static final String RECORDED = "noise.json";

    @Parameters(
            arity = "0..1",
            paramLabel = "RESULT",
            description = "JMH results, with 40 forks or more of a benchmark")
    private @Nullable Path result;

    @Option(names = "--slowdown", paramLabel = "PERCENT", description = "slowdown to find (default: ${DEFAULT-VALUE})")
    private double slowdown = 10;

    @Option(names = "--trials", paramLabel = "N", description = "random deals (default: ${DEFAULT-VALUE})")
    private int trials = 10_000;

    @Option(names = "--seed", description = "of the random deals (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Mixin
    private RuleOptions rules = new RuleOptions();

    @Override
    public Integer call() throws IOException {
        if (trials < 1) {
            throw new IllegalArgumentException("--trials " + trials + ": give 1 or more");
        }
        (result == null ? recorded() : JmhResults.read(result)).forEach((key, noise) -> print(key, noise));
        return 0;
    }

    /** The noise that the gate was validated with, by benchmark. */
    static SortedMap<String, Measurement> recorded() throws IOException {
        SortedMap<String, Measurement> all = new TreeMap<>();
        try (InputStream in = SimulateCommand.class.getResourceAsStream(RECORDED)) {
            if (in == null) {
                throw new IOException("resource " + RECORDED + " is missing");
            }
            try (Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
                JmhResults.add(reader, all);
            }
        }
        return all;
    }

    private void print(String key, Measurement noise) {
        Rules applied = rules.rules();
        line("%s: %d forks on %s", key, noise.scores().length, noise.jvm());
        double[] logs = noise.logTimes();
        double[] changes = new double[logs.length - 1];
        for (int i = 0; i < changes.length; i++) {
            changes[i] = Math.abs(logs[i + 1] - logs[i]);
        }
        line(
                "deviation of a fork %.1f %%, median step from one fork to the next %.1f %%; fails: p <= %s and over %s %%",
                100 * Simulation.spread(noise),
                100 * Shift.median(changes),
                applied.alpha(),
                100 * applied.threshold());
        line("%5s %8s   %-26s   %s", "", "", "false alarms, %", "found of " + slowdown + " % slower, %");
        line(
                "%5s %8s   %8s %8s %8s   %8s %8s %8s",
                "forks", "least p", "once", "twice", "in turns", "once", "twice", "in turns");
        for (int forks = 1; forks <= MOST_FORKS; forks++) {
            double least = RankSum.leastP(forks, forks);
            if (least > applied.alpha()) {
                line("%5d %8.5f   cannot fail", forks, least);
            } else if (4 * forks <= noise.scores().length) {
                Simulation once = new Simulation(noise, forks, false, applied);
                Simulation twice = new Simulation(noise, forks, true, applied);
                line(
                        "%5d %8.5f   %8.2f %8.2f %8.2f   %8.2f %8.2f %8.2f",
                        forks,
                        least,
                        100 * once.shuffled(0, trials, seed).share(),
                        100 * twice.shuffled(0, trials, seed).share(),
                        100 * twice.inOrder(0).share(),
                        100 * once.shuffled(slowdown / 100, trials, seed).share(),
                        100 * twice.shuffled(slowdown / 100, trials, seed).share(),
                        100 * twice.inOrder(slowdown / 100).share());
            }
        }
        line(
                "once, twice: %d random deals of the forks, decided in one look, or screened in it and judged by both",
                trials);
        line("in turns: twice, neighbours in the order in which they ran, from every fork on");
    }

    private static void line(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    }
}
