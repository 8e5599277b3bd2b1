package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.backend.cpu.CpuBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code bench profile}: where the time of a training step goes. */
@Command(name = "profile", description = "Shows how long each operation of a training step or an inference takes.")
final class ProfileCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "CASE", description = "NETWORKxBATCH (default: ${DEFAULT-VALUE})")
    private List<String> cases = List.of("unet-16x1", "labx1");

    @Option(names = "--infer", description = "inferences instead of training steps")
    private boolean infer;

    @Option(names = "--threads", description = "of the CPU (default: ${DEFAULT-VALUE})")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--seconds", description = "of warm-up, and again of measurement (default: ${DEFAULT-VALUE})")
    private double seconds = 4;

    @Option(names = "--out", paramLabel = "FILE", description = "JSON results (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("benchmarks/target/profile.json");

    @Override
    public Integer call() throws IOException {
        Map<String, Object> results = new LinkedHashMap<>();
        for (String name : cases) {
            results.put(name, profile(Case.of(name)));
        }
        Machine.write(out, results);
        return 0;
    }

    private List<Map<String, ?>> profile(Case c) {
        Profile profile = new Profile(new CpuBackend(threads));
        try (Aorta aorta = new Aorta(c.network(), Batch.random(c.batch(), 2), Device.of(profile.backend()), 1e-3)) {
            repeat(aorta);
            profile.clear();
            long start = System.nanoTime();
            int runs = repeat(aorta);
            double whole = (System.nanoTime() - start) / 1e6 / runs;
            System.out.printf(Locale.ROOT, "%n%s, a %s of %.2f ms:%n", c, infer ? "inference" : "training step", whole);
            System.out.println("    ms   share  calls  GFLOP/s  operation");
            return profile.lines().stream()
                    .<Map<String, ?>>map(l -> line(l, runs, whole))
                    .toList();
        }
    }

    private int repeat(Aorta aorta) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        int runs = 0;
        while (System.nanoTime() < end) {
            if (infer) {
                aorta.infer();
            } else {
                aorta.step();
            }
            runs++;
        }
        return runs;
    }

    private static Map<String, ?> line(Profile.Line l, int runs, double whole) {
        double ms = l.nanos() / 1e6 / runs;
        System.out.printf(
                Locale.ROOT,
                "%6.3f %6.1f%% %6d %8.0f  %s%n",
                ms,
                100 * ms / whole,
                l.calls() / runs,
                l.flop() / l.nanos(),
                l.operation());
        return Map.of(
                "operation", l.operation(), "millis", ms, "calls", l.calls() / runs, "gflops", l.flop() / l.nanos());
    }
}
