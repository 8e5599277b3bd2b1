package dev.aorta.cuda;

import dev.aorta.io.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the script gpu-check runs: opens the GPU of this machine, holds it against the backend contract, times it beside PyTorch,
 * and runs a sample of the contract under compute-sanitizer. Leaves gpu-check.json and gpu-check.txt. Exits with 1 when the GPU
 * cannot be used, with 2 when the contract does not hold or a sanitizer finds something.
 */
final class GpuCheck {
    private static final List<String> SANITIZERS = List.of("memcheck", "racecheck", "synccheck");
    private static final int ONE_CASE_OF = 16;

    private final PrintStream out;
    private final SequencedMap<String, Object> report = new LinkedHashMap<>();
    private final StringBuilder table = new StringBuilder();

    GpuCheck(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments.length == 0 ? "." : arguments[0]);
        var tools = new Tools(GpuTorch.python(), "cuda", GpuSanitizer.program(), SANITIZERS, ONE_CASE_OF);
        System.exit(new GpuCheck(System.out).run(folder, GpuTimings.Plan.WHOLE, tools, GpuContract.ALL));
    }

    /**
     * Other programs that take part.
     *
     * @param torchDevice that PyTorch uses
     * @param sanitizers tools of compute-sanitizer
     * @param every of how many cases of the contract one runs under each
     */
    record Tools(
            @Nullable Path python,
            String torchDevice,
            @Nullable Path sanitizer,
            List<String> sanitizers,
            int every) {}

    /** Checks, times and reports; returns the exit status. What is done is written even when a later part fails. */
    int run(Path folder, GpuTimings.Plan plan, Tools tools, List<Class<?>> contracts) throws IOException {
        String unusable = new CudaProvider().unusableBecause();
        if (!unusable.isEmpty()) {
            out.println(unusable);
            return 1;
        }
        try (var backend = new CudaBackend(0, CudaOptions.fromProperties())) {
            report.put("device", backend.description());
            print(folder, backend.description() + "\n");
        }
        long failed = 0;
        for (Class<?> contract : contracts) {
            failed += contract(folder, ContractRun.of(contract));
        }
        var timings = new GpuTimings(plan).measure();
        report.put("timings", GpuRows.json(timings));
        print(folder, GpuRows.table(timings));
        var torch = new GpuTorch(plan).measure(tools.python, tools.torchDevice);
        report.put("pytorch", GpuRows.json(torch));
        print(folder, GpuRows.table(torch));
        var ratios = GpuTorch.ratios(timings, torch);
        report.put("ratios", ratios.stream().map(GpuTorch.Ratio::json).toList());
        print(folder, ratios.stream().map(r -> r + "\n").collect(Collectors.joining()));
        for (String tool : tools.sanitizers) {
            var result = GpuSanitizer.check(tools.sanitizer, plan.sanitizerSeconds(), tools.every, tool);
            report.put("compute-sanitizer " + tool, result.text());
            print(folder, result + "\n");
            failed += result.errors() == null ? 0 : result.errors();
        }
        return failed == 0 ? 0 : 2;
    }

    private long contract(Path folder, ContractRun run) throws IOException {
        var result = new LinkedHashMap<String, Object>();
        result.put("passed", run.passed());
        result.put("failed", run.failed());
        report.put("contract, " + run.name(), result);
        var text = new StringBuilder(run + "\n");
        run.failures().forEach(f -> text.append("    ").append(f).append('\n'));
        print(folder, text.toString());
        return run.failed();
    }

    /** Prints, and writes all that is known until now. */
    private void print(Path folder, String text) throws IOException {
        out.print(text);
        table.append(text);
        Files.writeString(folder.resolve("gpu-check.txt"), table);
        Files.writeString(folder.resolve("gpu-check.json"), Json.of(report).pretty() + "\n");
    }
}
