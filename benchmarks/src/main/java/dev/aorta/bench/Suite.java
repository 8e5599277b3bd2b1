package dev.aorta.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs JMH suites with the allocation profiler and keeps the results with the machine that they were measured on. */
public final class Suite {
    private Suite() {}

    /** Options for a run: the user's for JMH first, the profiler, the result file. */
    public static ChainedOptionsBuilder options(Path out, List<String> jmh) throws IOException {
        try {
            Files.createDirectories(out.toAbsolutePath().getParent());
            return new OptionsBuilder()
                    .parent(new CommandLineOptions(jmh.toArray(String[]::new)))
                    .addProfiler(GCProfiler.class)
                    .shouldFailOnError(true)
                    .resultFormat(ResultFormatType.JSON)
                    .result(out.toString());
        } catch (CommandLineOptionException e) {
            throw new IllegalArgumentException("JMH: " + e.getMessage(), e);
        }
    }

    /** Runs the suites; {@code NAME.json} gets a neighbour {@code NAME.machine.json}. */
    public static Collection<RunResult> run(ChainedOptionsBuilder options, Path out) throws IOException {
        try {
            Collection<RunResult> results = new Runner(options.build()).run();
            String name = out.getFileName().toString().replaceFirst("\\.json$", "");
            Machine.write(out.resolveSibling(name + ".machine.json"), Map.of());
            return results;
        } catch (RunnerException e) {
            throw new IOException("JMH: " + e.getMessage(), e);
        }
    }

    /** Bytes that an operation allocated. */
    public static double bytes(RunResult run) {
        return Objects.requireNonNull(run.getSecondaryResults().get("gc.alloc.rate.norm"), "ran without GCProfiler")
                .getScore();
    }
}
