package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.backend.cpu.CpuBackend;
import java.io.IOException;
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

/** The command {@code bench profile}: where the time of a training step goes. */
@Command(name = "profile", description = "Shows how long each operation of a training step or an inference takes.")
final class ProfileCommand implements Callable<Integer> {
    @Parameters(
            arity = "0..*",
            paramLabel = "CASE",
            description =
                    "NETWORKxBATCH (default: ${DEFAULT-VALUE}); with resnet18, resnet50, mobilenetv2, efficientnet-b0 or an"
                            + " ONNX file as NETWORK, inferences of what is imported from ONNX, or with --train the steps of"
                            + " the first four on images of 224 x 224")
    private List<String> cases = List.of("unet-16x1", "labx1");

    @Option(names = "--infer", description = "inferences instead of training steps")
    private boolean infer;

    @Option(names = "--train", description = "training steps of networks of the zoo")
    private boolean train;

    @Option(names = "--side", description = "rows and columns of the image (default: ${DEFAULT-VALUE})")
    private int side = Network.SIZE;

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
            results.put(name, profile(name));
        }
        Machine.write(out, results);
        return 0;
    }

    private List<Map<String, ?>> profile(String name) throws IOException {
        Profile profile = new Profile(new CpuBackend(threads));
        Device device = Device.of(profile.backend());
        String network = Case.networkOf(name);
        if (train && Imported.isOfZoo(network)) {
            try (Aorta zoo = TrainedZoo.of(Imported.architecture(network), Case.batchOf(name), Imported.SIDE, device)) {
                return profile(name, "training step", zoo::step, profile);
            }
        }
        if (Imported.isNamed(network)) {
            try (Imported imported = new Imported(network, Case.batchOf(name), side, device)) {
                return profile(name, "inference", imported::infer, profile);
            }
        }
        Case c = Case.of(name);
        try (Aorta aorta = new Aorta(c.network(), Batch.random(c.batch(), side, 2), device)) {
            return infer
                    ? profile(name, "inference", aorta::infer, profile)
                    : profile(name, "training step", aorta::step, profile);
        }
    }

    private List<Map<String, ?>> profile(String name, String what, Runnable run, Profile profile) {
        repeat(run, profile);
        profile.clear();
        double[] runs = repeat(run, profile);
        System.out.printf(
                Locale.ROOT,
                "%n%s, %s: median %.2f ms, best %.2f ms%n    ms   best  calls  GFLOP/s  operation%n",
                name,
                what,
                StatUtils.percentile(runs, 50),
                StatUtils.min(runs));
        return profile.lines().stream()
                .<Map<String, ?>>map(ProfileCommand::print)
                .toList();
    }

    /** Milliseconds of each run. */
    private double[] repeat(Runnable run, Profile profile) {
        List<Double> times = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        long start;
        while ((start = System.nanoTime()) < end) {
            run.run();
            times.add((System.nanoTime() - start) / 1e6);
            profile.endRun();
        }
        return times.stream().mapToDouble(t -> t).toArray();
    }

    /** Prints the mean and the best time of an operation in a run; the rate is that of the best. */
    private static Map<String, ?> print(Profile.Line l) {
        double mean = l.nanos() / 1e6 / l.runs();
        double best = l.best() / 1e6;
        double rate = l.flop() / l.runs() / l.best();
        System.out.printf(
                Locale.ROOT, "%6.3f %6.3f %6d %8.0f  %s%n", mean, best, l.calls() / l.runs(), rate, l.operation());
        return Map.of(
                "operation",
                l.operation(),
                "calls",
                l.calls() / l.runs(),
                "millis",
                mean,
                "best",
                best,
                "gflops",
                rate);
    }
}
