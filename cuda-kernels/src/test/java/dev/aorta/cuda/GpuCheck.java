package dev.aorta.cuda;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.aorta.io.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * What the script gpu-check runs: opens the GPU of this machine, holds it against the backend contract, and times it. Leaves
 * gpu-check.json and gpu-check.txt. Exits with 1 when the GPU cannot be used, with 2 when the contract does not hold.
 */
final class GpuCheck {
    private static final int SHOWN_FAILURES = 20;

    private final PrintStream out;
    private final SequencedMap<String, Object> report = new LinkedHashMap<>();

    GpuCheck(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments.length == 0 ? "." : arguments[0]);
        System.exit(new GpuCheck(System.out)
                .run(folder, GpuTimings.Plan.WHOLE, GpuContract.Libraries.class, GpuContract.OwnKernels.class));
    }

    /** Checks, times and reports; returns the exit status. */
    int run(Path folder, GpuTimings.Plan plan, Class<?>... contracts) throws IOException {
        String unusable = new CudaProvider().unusableBecause();
        if (!unusable.isEmpty()) {
            out.println(unusable);
            return 1;
        }
        try (var backend = new CudaBackend(0, CudaOptions.fromProperties())) {
            report.put("device", backend.description());
            out.println(backend.description());
        }
        long failed = 0;
        for (Class<?> contract : contracts) {
            failed += contract(contract);
        }
        List<SequencedMap<String, Object>> rows = new GpuTimings(plan).measure();
        report.put("timings", rows);
        var table = new StringBuilder(report.get("device") + "\n");
        for (var row : rows) {
            table.append(String.format(
                    Locale.ROOT,
                    "%-48s %-5s %10s ms %10s %s%n",
                    row.get("what"),
                    row.get("how"),
                    row.get("ms"),
                    row.get("rate"),
                    row.get("unit")));
        }
        out.print(table);
        Files.writeString(folder.resolve("gpu-check.txt"), table);
        Files.writeString(folder.resolve("gpu-check.json"), Json.of(report).pretty() + "\n");
        return failed == 0 ? 0 : 2;
    }

    private long contract(Class<?> tests) {
        var summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(tests))
                                .build(),
                        summary);
        long passed = summary.getSummary().getTestsSucceededCount();
        long failed = summary.getSummary().getTotalFailureCount();
        var result = new LinkedHashMap<String, Object>();
        result.put("passed", passed);
        result.put("failed", failed);
        report.put("contract, " + tests.getSimpleName(), result);
        out.println("contract, " + tests.getSimpleName() + ": " + passed + " passed, " + failed + " failed");
        summary.getSummary().getFailures().stream()
                .limit(SHOWN_FAILURES)
                .forEach(f -> out.println("    " + f.getTestIdentifier().getDisplayName() + ": "
                        + f.getException().getMessage()));
        return failed;
    }
}
