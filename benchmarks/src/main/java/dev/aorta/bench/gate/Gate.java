package dev.aorta.bench.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code bench gate}. */
@Command(
        name = "gate",
        description = {
            "Fails when benchmarks became slower or allocate more.",
            "Either compares two JMH results (files, or directories of them) that were measured with -rf json -prof gc, or "
                    + "builds and measures two states of a repository in turns, one fork each."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:nothing got worse", "1:a benchmark got worse, or nothing could be compared", "2:usage"})
public final class Gate implements Callable<Integer> {
    @Parameters(arity = "0..2", paramLabel = "RESULT", description = "JMH results of the base and of the head")
    private List<Path> results = List.of();

    @Option(names = "--base", paramLabel = "REF", description = "commit to build and to compare the working tree with")
    private @Nullable String base;

    @Option(names = "--include", paramLabel = "REGEX", description = "benchmarks to run (default: ${DEFAULT-VALUE})")
    private String include = ".*";

    @Option(names = "--forks", paramLabel = "N", description = "JVMs for each side (default: ${DEFAULT-VALUE})")
    private int forks = 5;

    @Option(
            names = "--jmh",
            split = " +",
            paramLabel = "ARGS",
            description = "arguments for JMH, for example '-wi 3 -i 5'")
    private List<String> jmh = List.of();

    @Option(names = "--build", paramLabel = "COMMAND", description = "makes the jar (default: ${DEFAULT-VALUE})")
    private String build = "mvn -q -B -pl benchmarks -am package -DskipTests";

    @Option(names = "--jar", description = "the JMH jar that the build makes (default: ${DEFAULT-VALUE})")
    private Path jar = Path.of("benchmarks/target/benchmarks.jar");

    @Option(
            names = "--threshold",
            paramLabel = "PERCENT",
            description = "slowdown let pass (default: ${DEFAULT-VALUE})")
    private double threshold = 5;

    @Option(names = "--alpha", paramLabel = "P", description = "level of the tests (default: ${DEFAULT-VALUE})")
    private double alpha = 0.05;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Report report;
        if (base != null && results.isEmpty()) {
            if (forks < Shift.FEWEST) {
                throw wrongUsage("--forks " + forks + " cannot show a difference; give " + Shift.FEWEST + " or more");
            }
            report = measure(base);
        } else if (base == null && results.size() == 2) {
            report = Report.of(
                    JmhResults.read(results.getFirst()), JmhResults.read(results.getLast()), threshold / 100, alpha);
        } else {
            throw wrongUsage("give two results, or --base REF and none");
        }
        System.out.println(report);
        return report.passes() ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private ParameterException wrongUsage(String message) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }

    /** Measures both states; what looks worse is measured as often again before it counts. */
    private Report measure(String ref) throws IOException {
        Path directory = Files.createTempDirectory("gate-");
        Build tree = Build.in(Path.of("").toAbsolutePath(), build, jar);
        tree.base(ref, directory.resolve("base.jar"));
        tree.head(directory.resolve("head.jar"));
        Rounds rounds = new Rounds(directory, jmh);
        rounds.run(forks, include);
        Report report = report(rounds);
        if (!report.failures().isEmpty()) {
            System.out.printf("%s%n%nonce more, to be sure:%n", report);
            rounds.run(
                    forks,
                    report.failures().stream()
                            .map(c -> "^" + Pattern.quote(c.key().split(" ", 2)[0]) + "$")
                            .distinct()
                            .collect(Collectors.joining("|")));
            report = report(rounds);
        }
        System.out.printf("results: %s%n", directory);
        return report;
    }

    private Report report(Rounds rounds) throws IOException {
        return Report.of(rounds.results("base"), rounds.results("head"), threshold / 100, alpha);
    }
}
