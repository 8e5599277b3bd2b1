package dev.aorta.unet.cli;

import dev.aorta.cluster.ClusterException;
import dev.aorta.cluster.ProcessGroup;
import dev.aorta.train.TrainingException;
import dev.aorta.unet.imaging.PlainText;
import dev.aorta.unet.train.Recipe;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * The program {@code unet}. Exit codes: 0 done; 1 it could not be done, and a line on standard error says why; 2 the command line
 * was not understood.
 */
@Command(
        name = "unet",
        mixinStandardHelpOptions = true,
        version = "unet (Aorta " + Main.VERSION + ")",
        description = "Segments the left ventricle in short-axis cardiac MRI. For research only, not a medical device.")
public final class Main implements Runnable {
    public static final String VERSION = "0.1.0";

    /** In the order of the help. */
    private static final List<Class<?>> COMMANDS = List.of(
            TrainCommand.class,
            CrossvalCommand.class,
            EnsembleCommand.class,
            ReportCommand.class,
            ReproduceCommand.class,
            RunsCommand.class,
            TrackCommand.class,
            RegisterCommand.class,
            ModelsCommand.class,
            KeyCommand.class,
            SignCommand.class,
            VerifyCommand.class,
            CertifyCommand.class,
            EvaluateCommand.class,
            PredictCommand.class,
            VolumesCommand.class,
            ExplainCommand.class,
            ServeCommand.class,
            MonitorCommand.class,
            ExportCommand.class,
            PrepareCommand.class,
            InspectCommand.class,
            CheckCommand.class);

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    private final @Nullable ProcessGroup group;

    private Main(@Nullable ProcessGroup group) {
        this.group = group;
    }

    /** Runs the program and exits. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, System.out.charset());
        PrintWriter err = new PrintWriter(System.err, true, System.err.charset());
        System.exit(run(out, err, args));
    }

    /** Runs the program and returns its exit code. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return run(null, out, err, args);
    }

    /**
     * Runs the program as one process of a group, and returns its exit code.
     *
     * @param group with which 'unet train' trains, or null for the one that the environment describes
     */
    public static int run(@Nullable ProcessGroup group, PrintWriter out, PrintWriter err, String... args) {
        return run(group, Path::of, out, err, args);
    }

    /**
     * As {@link #run(ProcessGroup, PrintWriter, PrintWriter, String...)}, with files in any file system.
     *
     * @param paths what the words of the arguments stand for that name files
     */
    public static int run(
            @Nullable ProcessGroup group,
            Function<String, Path> paths,
            PrintWriter out,
            PrintWriter err,
            String... args) {
        PrintWriter plain = PlainWriter.around(err);
        int code = execute(group, paths, PlainWriter.around(out), plain, args);
        if (out.checkError()) {
            plain.println("unet: standard output cannot be written: the disk is full, or its reader has gone");
            return code == 0 ? 1 : code;
        }
        return code;
    }

    /** Knows the command that is the first word, or all where none is: to set one up takes longer than many need to run. */
    static CommandLine commandLine(@Nullable ProcessGroup group, String... args) {
        String first = args.length == 0 ? "" : args[0];
        List<Class<?>> asked = COMMANDS.stream()
                .filter(c -> c.getAnnotation(Command.class).name().equals(first))
                .toList();
        CommandLine unet = new CommandLine(new Main(group));
        (asked.isEmpty() ? COMMANDS : asked).forEach(unet::addSubcommand);
        return unet.setCaseInsensitiveEnumValuesAllowed(true);
    }

    private static int execute(
            @Nullable ProcessGroup group,
            Function<String, Path> paths,
            PrintWriter out,
            PrintWriter err,
            String... args) {
        try {
            return commandLine(group, args)
                    .registerConverter(Path.class, paths::apply)
                    .setOut(out)
                    .setErr(err)
                    .setExecutionExceptionHandler((e, commandLine, parsed) -> failed(e, commandLine))
                    .execute(Recipe.expand(List.of(args)).toArray(String[]::new));
        } catch (OutOfMemoryError e) {
            err.printf(
                    "unet: not enough memory (%s): take a smaller network or batch, or give Java more than its %d MiB, as in"
                            + " JAVA_OPTS=-Xmx16g%n",
                    e.getMessage(), Runtime.getRuntime().maxMemory() >> 20);
            return 1;
        }
    }

    /** The processes that train together, of which this is one. */
    ProcessGroup group() throws IOException {
        return group != null ? group : ProcessGroup.fromEnvironment();
    }

    /** Without a command there is nothing to do but to say what there is. */
    @Override
    public void run() {
        throw new CommandLine.ParameterException(Objects.requireNonNull(spec).commandLine(), "Missing command");
    }

    private static int failed(Exception e, CommandLine commandLine) throws Exception {
        boolean expected = e instanceof IOException
                || e instanceof UncheckedIOException
                || e instanceof TrainingException
                || e instanceof ClusterException
                || e instanceof IllegalArgumentException
                || e instanceof IllegalStateException;
        if (!expected) {
            throw e;
        }
        Exception cause = e instanceof UncheckedIOException && e.getCause() instanceof IOException io ? io : e;
        report(cause, commandLine.getErr());
        return 1;
    }

    /** Says in one line what went wrong with a file, and in the lines that it takes with anything else. */
    static void report(Exception e, PrintWriter err) {
        err.println("unet: " + (e instanceof IOException ? PlainText.line(message(e)) : message(e)));
    }

    /** What went wrong, in a line. */
    static String message(Throwable e) {
        return switch (e) {
            case NoSuchFileException n ->
                n.getFile() + ": " + Objects.requireNonNullElse(n.getReason(), "there is no such file");
            case FileAlreadyExistsException f -> f.getFile() + ": a file stands where a folder should be made";
            case AccessDeniedException a -> a.getFile() + ": no permission";
            case FileSystemException f -> f.getFile() + ": " + f.getReason();
            case LinkageError l -> "the program has changed under way: " + l;
            default -> String.valueOf(e.getMessage());
        };
    }
}
