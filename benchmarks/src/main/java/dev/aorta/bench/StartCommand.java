package dev.aorta.bench;

import dev.aorta.io.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.commons.math3.stat.StatUtils;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code bench start}: how long a new process takes until it trains, and how much memory it needs. */
@Command(
        name = "start",
        description =
                "Measures, in a new process, the time to the first training step and to full speed, and peak memory.")
final class StartCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "CASE", description = "NETWORKxBATCH (default: ${DEFAULT-VALUE})")
    private List<String> cases = List.of("unet-16x1", "unet-32x1", "unet-32x4");

    @Option(
            names = "--steps",
            description = "made by the process, the last ten of them steady (default: ${DEFAULT-VALUE})")
    private int steps = 40;

    @Option(names = "--out", paramLabel = "FILE", description = "JSON results (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("benchmarks/target/start.json");

    @Override
    public Integer call() throws IOException {
        List<Map<String, Object>> results = new ArrayList<>();
        for (String name : cases) {
            results.add(measure(Case.of(name)));
        }
        Machine.write(out, Map.of("results", results));
        return 0;
    }

    private Map<String, Object> measure(Case c) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Steps.class.getName()));
        command.addAll(List.of(c.toString(), Integer.toString(steps)));
        List<Double> ends = new ArrayList<>();
        String memory = "";
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals(Steps.DONE)) {
                    ends.add((System.nanoTime() - start) / 1e6);
                } else {
                    memory = line;
                }
            }
        }
        if (ends.size() != steps) {
            throw new IOException("the process made " + ends.size() + " of " + steps + " steps");
        }
        double[] durations = new double[steps];
        for (int i = 1; i < steps; i++) {
            durations[i] = ends.get(i) - ends.get(i - 1);
        }
        double steady = StatUtils.percentile(durations, steps - 10, 10, 50);
        System.out.printf(
                Locale.ROOT,
                "%-10s first step done after %.0f ms, tenth takes %.0f ms (%.2f of steady %.0f ms), peak memory %s MiB%n",
                c,
                ends.getFirst(),
                durations[9],
                durations[9] / steady,
                steady,
                memory);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("case", c.toString());
        result.put("firstStepDoneMillis", ends.getFirst());
        result.put("tenthStepMillis", durations[9]);
        result.put("steadyStepMillis", steady);
        result.put("peakMemoryMiB", new Json.Num(memory));
        result.put("stepEndsMillis", ends);
        return result;
    }
}
