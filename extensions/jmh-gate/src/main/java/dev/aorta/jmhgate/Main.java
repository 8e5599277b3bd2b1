package dev.aorta.jmhgate;

import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The program {@code jmh-gate}. */
@Command(name = "jmh-gate")
final class Main extends GateCommand {
    @SuppressWarnings("UnusedVariable") // read by picocli
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "show this and exit")
    private boolean help;

    /** Runs the command and exits with its status. */
    public static void main(String[] args) {
        System.exit(line().execute(args));
    }

    /** The command line; an expected failure is one message on standard error. */
    static CommandLine line() {
        return new CommandLine(new Main()).setExecutionExceptionHandler((e, line, parsed) -> {
            if (!(e instanceof IOException || e instanceof IllegalArgumentException)) {
                throw e;
            }
            line.getErr().println(line.getColorScheme().errorText("jmh-gate: " + e.getMessage()));
            return ExitCode.SOFTWARE;
        });
    }
}
