package dev.aorta.bench;

import dev.aorta.bench.kernel.KernelsCommand;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The command {@code bench}. */
@Command(
        name = "bench",
        description = "Measures Aorta: its kernels, whole training steps, other engines beside it, and changes to it.",
        subcommands = {
            KernelsCommand.class,
            StepCommand.class,
            StartCommand.class,
            ProfileCommand.class,
            SizesCommand.class,
            CallersCommand.class,
            ServeCommand.class,
            CheckpointCommand.class,
            ClusterCommand.class,
            DriftCommand.class,
            LowPrecisionCommand.class,
            AortaGate.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {"  peers  Measures libtorch on the same networks in the same run."})
public final class Bench {
    @SuppressWarnings("UnusedVariable") // read by picocli
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "show this and exit")
    private boolean help;

    private Bench() {}

    /** Runs a command and exits with its status. */
    public static void main(String[] args) {
        System.exit(run(new Bench(), args));
    }

    /** Runs a picocli command; an expected failure is one line on standard error. */
    public static int run(Object command, String... args) {
        return new CommandLine(command)
                .setExecutionExceptionHandler((e, line, parsed) -> {
                    if (!(e instanceof IOException || e instanceof IllegalArgumentException)) {
                        throw e;
                    }
                    line.getErr().println(line.getColorScheme().errorText(String.valueOf(e.getMessage())));
                    return CommandLine.ExitCode.SOFTWARE;
                })
                .execute(args);
    }
}
