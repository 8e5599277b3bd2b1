package dev.aorta.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openjdk.jmh.results.RunResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code bench step}. */
@Command(name = "step", description = "Measures whole training steps and inferences, and what they allocate, with JMH.")
final class StepCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "CASE", description = "NETWORKxBATCH (default: all five)")
    private List<String> cases = List.of("unet-16x1", "unet-32x1", "unet-32x4", "unet-64x1", "labx1");

    @Option(
            names = "--jmh",
            split = " +",
            paramLabel = "ARGS",
            description = "arguments for JMH, for example '-f 3 -i 10'")
    private List<String> jmh = List.of();

    @Option(names = "--out", paramLabel = "FILE", description = "JSON results (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("benchmarks/target/step.json");

    @Override
    public Integer call() throws IOException {
        cases.forEach(Case::of);
        var options = Suite.options(out, jmh)
                .include(StepBenchmark.class.getName())
                .param("network", cases.toArray(String[]::new));
        for (RunResult run : Suite.run(options, out)) {
            Case c = Case.of(run.getParams().getParam("network"));
            boolean step = run.getParams().getBenchmark().endsWith("step");
            double ms = run.getPrimaryResult().getScore();
            double gigaflop = Geometry.of(c.network(), c.batch()).forwardFlop() / 1e9 * (step ? 3 : 1);
            System.out.printf(
                    Locale.ROOT,
                    "%-10s %-6s %9.2f ms %8.1f GFLOP/s %10.0f bytes/op%n",
                    c,
                    step ? "step" : "infer",
                    ms,
                    gigaflop / ms * 1e3,
                    Suite.bytes(run));
        }
        return 0;
    }
}
