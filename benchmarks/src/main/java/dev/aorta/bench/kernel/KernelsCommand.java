package dev.aorta.bench.kernel;

import dev.aorta.bench.Case;
import dev.aorta.bench.Suite;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code bench kernels}. */
@Command(name = "kernels", description = "Measures the kernels, and what feeds them, with JMH.")
public final class KernelsCommand implements Callable<Integer> {
    @Parameters(arity = "0..1", paramLabel = "REGEX", description = "of benchmark names (default: ${DEFAULT-VALUE})")
    private String include = ".*";

    @Option(
            names = "--cases",
            split = ",",
            paramLabel = "CASE",
            description = "networks whose convolutions are measured, each geometry once (default: ${DEFAULT-VALUE})")
    private List<String> cases = List.of("unet-16x1", "unet-32x1", "unet-64x1", "labx1");

    @Option(
            names = "--jmh",
            split = " +",
            paramLabel = "ARGS",
            description = "arguments for JMH, for example '-f 3 -i 10'")
    private List<String> jmh = List.of();

    @Option(names = "--out", paramLabel = "FILE", description = "JSON results (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("benchmarks/target/kernels.json");

    @Override
    public Integer call() throws IOException {
        List<Case> networks = cases.stream().map(Case::of).toList();
        var options = Suite.options(out, jmh)
                .include("dev.aorta.bench.kernel.*(" + include + ")")
                .param("convolution", Convolutions.distinct(networks, false).toArray(String[]::new))
                .param("transposed", Convolutions.distinct(networks, true).toArray(String[]::new));
        Collection<RunResult> results = Suite.run(options, out);
        double copy = results.stream()
                .filter(run -> parameter(run.getParams()).equals(Pass.COPY.name()))
                .mapToDouble(run -> Pass.COPY.bytes() / run.getPrimaryResult().getScore())
                .findFirst()
                .orElse(Double.NaN);
        print("%-34s %-26s %10s %9s %9s %9s", "", "", "ms", "GFLOP/s", "of copy", "bytes/op");
        for (RunResult run : results) {
            BenchmarkParams params = run.getParams();
            double ms = run.getPrimaryResult().getScore();
            double gigaflop = gigaflop(params);
            print(
                    "%-34s %-26s %10.4f %9s %9s %9.0f",
                    params.getBenchmark().replaceFirst(".*\\.(\\w+)Benchmark\\.", "$1."),
                    parameter(params),
                    ms,
                    gigaflop > 0 ? String.format(Locale.ROOT, "%.1f", gigaflop / ms * 1e3) : "-",
                    share(params, ms, copy),
                    Suite.bytes(run));
        }
        return 0;
    }

    /** Work of an operation, counted as direct convolution; 0 where it is not arithmetic that limits. */
    private static double gigaflop(BenchmarkParams params) {
        String parameter = parameter(params);
        if (params.getParamsKeys().contains("size")) {
            return 2e-9 * Math.pow(Integer.parseInt(parameter), 3);
        }
        return parameter.isEmpty() || isPass(params)
                ? 0
                : 2e-9 * Convolutions.named(parameter).multiplyAdds();
    }

    /** Share of the bandwidth that a plain copy reached in this run; only for what memory limits. */
    private static String share(BenchmarkParams params, double ms, double copy) {
        return isPass(params) && !Double.isNaN(copy)
                ? String.format(
                        Locale.ROOT,
                        "%.0f %%",
                        100 * Pass.valueOf(parameter(params)).bytes() / ms / copy)
                : "-";
    }

    private static boolean isPass(BenchmarkParams params) {
        return params.getParamsKeys().contains("pass");
    }

    private static String parameter(BenchmarkParams params) {
        return params.getParamsKeys().stream().findFirst().map(params::getParam).orElse("");
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    }
}
