package dev.aorta.jmhgate;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * The command {@code jmh-gate} without its {@code --help}: other programs take it for a subcommand, with defaults and a help of their
 * own.
 */
@Command(
        name = "jmh-gate",
        subcommands = SimulateCommand.class,
        description = {
            "Fails when JMH benchmarks became slower or allocate more.",
            "Compares two files, each a JMH jar, a result of JMH (-rf json -prof gc) or a directory of results; or, with --base, "
                    + "a commit with the working tree or with one file. Jars are run in turns, one fork of a benchmark each."
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {"0:nothing got worse", "1:a benchmark got worse, or nothing could be compared", "2:usage"})
public class GateCommand implements Callable<Integer> {
    @Parameters(arity = "0..2", paramLabel = "FILE", description = "base and head; with --base the head alone, if any")
    private List<Path> files = List.of();

    @Option(names = "--base", paramLabel = "REF", description = "commit to build and to compare with")
    private @Nullable String ref;

    @Option(names = "--build", paramLabel = "COMMAND", description = "makes the jar (default: ${DEFAULT-VALUE})")
    private String build;

    @Option(
            names = "--jar",
            paramLabel = "PATTERN",
            description = "the JMH jar that the build makes (default: ${DEFAULT-VALUE})")
    private String jar;

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

    @Option(names = "--java", description = "program that runs the jars (default: the one that runs this)")
    private Path java = Path.of(System.getProperty("java.home"), "bin", "java");

    @Option(
            names = "--no-confirm",
            description =
                    "decide by one look; without it, what may be worse is measured as often again, and judged by all its forks")
    private boolean unconfirmed;

    @Mixin
    private RuleOptions rules = new RuleOptions();

    @Option(names = "--markdown", paramLabel = "FILE", description = "writes the report as Markdown")
    private @Nullable Path markdown;

    @Option(names = "--junit", paramLabel = "FILE", description = "writes the report as JUnit XML")
    private @Nullable Path junit;

    @Option(
            names = "--history",
            paramLabel = "FILE",
            description = "appends what the head measured, as a line of JSON, and shows the trend in the Markdown")
    private @Nullable Path history;

    @Option(
            names = "--github",
            description = "prints annotations and adds the Markdown to the job's summary (default in GitHub Actions)")
    private boolean github = Outputs.onGithub();

    @Option(names = "--work", paramLabel = "DIR", description = "for jars, results and logs (default: a new one)")
    private @Nullable Path work;

    @Spec
    private @Nullable CommandSpec spec;

    /** The command with Maven's defaults. */
    public GateCommand() {
        this("mvn -q -B -ntp -DskipTests package", "**/target/benchmarks.jar");
    }

    /**
     * The command with defaults for a project.
     *
     * @param build makes the JMH jar, in the root of a tree
     * @param jar pattern of what it makes
     */
    protected GateCommand(String build, String jar) {
        this.build = build;
        this.jar = jar;
    }

    @Override
    public Integer call() throws IOException {
        Settings settings = settings();
        Outputs outputs = new Outputs(markdown, junit, history, github);
        outputs.past();
        try {
            Report report = Gate.run(settings, System.out::println);
            System.out.println(report);
            outputs.write(report, settings, System.out::println);
            return report.passes() ? ExitCode.OK : ExitCode.SOFTWARE;
        } finally {
            if (work == null) {
                leave(settings.work());
            }
        }
    }

    /** Two files of results need no folder; what is in one that nobody has named is to be found. */
    private static void leave(Path folder) throws IOException {
        try {
            Files.delete(folder);
        } catch (DirectoryNotEmptyException e) {
            System.out.println("jars, results and logs: " + folder);
        }
    }

    private Settings settings() {
        int heads = ref == null ? files.size() - 1 : files.size();
        if (heads < 0 || heads > 1 || (ref == null && heads == 0)) {
            throw wrongUsage("give two files, or --base REF and at most one");
        }
        try {
            Path head = heads == 0 ? null : files.get(files.size() - 1);
            Path base = ref == null ? files.get(0) : null;
            return new Settings(
                    Path.of("").toAbsolutePath(),
                    ref,
                    base,
                    head,
                    build,
                    jar,
                    java,
                    include,
                    jmh,
                    forks,
                    !unconfirmed,
                    rules.rules(),
                    work == null
                            ? Path.of(System.getProperty("java.io.tmpdir"), "jmh-gate-" + UUID.randomUUID())
                            : work);
        } catch (IllegalArgumentException e) {
            throw wrongUsage(String.valueOf(e.getMessage()));
        }
    }

    private ParameterException wrongUsage(String message) {
        return new ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }
}
