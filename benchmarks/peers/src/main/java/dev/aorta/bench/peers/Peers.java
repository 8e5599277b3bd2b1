package dev.aorta.bench.peers;

import dev.aorta.bench.Aorta;
import dev.aorta.bench.Batch;
import dev.aorta.bench.Bench;
import dev.aorta.bench.Case;
import dev.aorta.bench.Geometry;
import dev.aorta.bench.Machine;
import dev.aorta.bench.Trainee;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command {@code bench peers}. */
@Command(
        name = "peers",
        description = {
            "Trains and runs the same networks with the same weights in Aorta and in libtorch or TensorFlow, in turns in one"
                    + " process.",
            "First proves that they compute the same; ends with status 1 when they do not.",
            "With --twins, --ops, --onnx, --first or --serve that alone; of them --onnx takes cases, such as resnet-18x1 or"
                    + " mobilenetv2."
        })
public final class Peers implements Callable<Integer> {
    private static final List<String> ALL = List.of("unet-16x1", "unet-32x1", "unet-32x4", "unet-64x1", "labx1");

    @Parameters(arity = "0..*", paramLabel = "CASE", description = "NETWORKxBATCH (default: all)")
    private List<String> cases = List.of();

    @Option(names = "--threads", description = "of every engine (default: all processors)")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description =
                    "that each engine trains and runs before the first turn, a twentieth for each of --ops, a third for"
                            + " each of --onnx"
                            + " (default: ${DEFAULT-VALUE})")
    private double warmUp = 6;

    @Option(names = "--rounds", description = "turns of each engine (default: ${DEFAULT-VALUE})")
    private int rounds = 5;

    @Option(
            names = "--repeat",
            description = "measured calls a turn, after one that is not (default: ${DEFAULT-VALUE})")
    private int repeat = 5;

    @Option(
            names = "--tensorflow",
            description = "TensorFlow in the place of libtorch: in one process the threads of one slow the other")
    private boolean tensorFlow;

    @Option(
            names = "--no-proof",
            description = "leave out the proof that the engines agree; at base 64 its float64 steps take minutes")
    private boolean unproven;

    @Option(
            names = "--twins",
            description =
                    "compare the examples' networks, and the operations whose meaning is a convention, with libtorch")
    private boolean twins;

    @Option(
            names = "--ops",
            description = "time operations on 16 MB beside libtorch and a plain copy, and convolutions beside libtorch")
    private boolean operations;

    @Option(names = "--onnx", description = "time networks of the zoo from ONNX files beside ONNX Runtime and libtorch")
    private boolean onnx;

    @Option(
            names = "--without-libtorch",
            description =
                    "leave libtorch out of --onnx: where a virtual machine tells no sizes of caches, its oneDNN computes"
                            + " wrong values and divides by zero")
    private boolean withoutLibtorch;

    @Option(
            names = "--first",
            description = "time new processes until they have the first output of ResNet-18, beside ONNX Runtime")
    private boolean first;

    @Option(
            names = "--serve",
            paramLabel = "SECONDS",
            description = "ask one HTTP server for so long each, with Aorta and with ONNX Runtime behind it")
    private double serve;

    @Option(names = "--out", paramLabel = "FILE", description = "JSON results (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("benchmarks/target/peers.json");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "show this and exit")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean help;

    /** Runs the command and exits with its status. */
    public static void main(String[] args) {
        System.exit(Bench.run(new Peers(), args));
    }

    @Override
    public Integer call() throws IOException {
        if (withoutLibtorch && (!onnx || twins || operations)) {
            throw new IllegalArgumentException("--without-libtorch goes with --onnx, and not with --twins or --ops");
        }
        if (!withoutLibtorch
                && (twins || operations || onnx || serve == 0)) { // else nothing loads libtorch into the process
            torch.set_num_threads(threads);
        }
        List<Map<String, Object>> results = new ArrayList<>();
        boolean agree = true;
        if (twins) {
            agree = Twins.agree(threads, results);
        }
        if (operations || onnx) {
            measureOperations(results);
        }
        if (first) {
            results.addAll(new FirstOutput(threads, rounds).measure());
        }
        if (serve > 0) {
            results.addAll(new ServeTimes(threads, serve).measure());
        }
        if (!(twins || operations || onnx || first || serve > 0)) {
            for (String name : cases.isEmpty() ? ALL : cases) {
                agree &= measure(Case.of(name), results);
            }
        }
        Machine.write(out, Map.of("threads", threads, "results", results));
        return agree ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private void measureOperations(List<Map<String, Object>> results) throws IOException {
        Quiet quiet = new Quiet(threads);
        if (operations) {
            results.addAll(new OperationTimes(threads, new Turns(warmUp / 20, rounds, repeat, quiet)).measure());
        }
        if (onnx) {
            results.addAll(new OnnxTimes(threads, new Turns(warmUp / 3, rounds, repeat, quiet), !withoutLibtorch, cases)
                    .measure());
        }
        System.out.println(quiet);
    }

    private boolean measure(Case c, List<Map<String, Object>> results) {
        Geometry geometry = Geometry.of(c.network(), c.batch());
        Map<String, float[]> weights = geometry.randomParameters(1);
        Batch batch = Batch.random(c.batch(), 2);
        Function<Torch.Mode, Torch> load =
                mode -> new Torch(c.network(), mode, geometry.parameters(), weights, batch, Trainee.RATE);
        System.out.printf(Locale.ROOT, "%n%s, %d threads%n", c, threads);
        List<Trainee> engines = new ArrayList<>();
        try {
            engines.add(new Aorta(c.network(), weights, batch, threads, Trainee.RATE));
            if (tensorFlow) {
                engines.add(new TensorFlow(c.network(), geometry.parameters(), weights, batch, threads, Trainee.RATE));
            } else {
                Stream.of(Torch.Mode.NCHW, Torch.Mode.CHANNELS_LAST, Torch.Mode.BFLOAT16)
                        .map(load)
                        .forEach(engines::add);
            }
            List<Contest> contests = engines.stream().map(Contest::new).toList();
            boolean agree = unproven || agree(load, contests);
            contests.forEach(contest -> contest.warmUp(warmUp));
            Quiet quiet = new Quiet(threads);
            for (int r = 0; r < rounds; r++) {
                quiet.round(
                        () -> contests.forEach(contest -> contest.turn(repeat)),
                        () -> contests.forEach(contest -> contest.undo(repeat)));
            }
            results.add(report(c, geometry.forwardFlop() / 1e9, quiet, contests));
            return agree;
        } finally {
            engines.forEach(Trainee::close);
        }
    }

    /** Prints how far each engine is from the exact computation; true when Aorta is about as near as the others. */
    private static boolean agree(Function<Torch.Mode, Torch> load, List<Contest> contests) {
        Parity exact;
        try (Torch reference = load.apply(Torch.Mode.FLOAT64)) {
            exact = Parity.of(reference);
        }
        System.out.printf(
                "%-34s %9s %9s %9s  %s%n",
                "distance from libtorch float64", "logits", "gradients", "10 losses", "worst gradient");
        for (Contest contest : contests) {
            Parity.Distance distance = Parity.of(contest.trainee()).from(exact);
            contest.distance(distance);
            System.out.printf("%-34s %s%n", contest.trainee().engine(), distance);
        }
        Parity.Distance ours = contests.getFirst().distance().orElseThrow();
        boolean agree = contests.stream()
                .skip(1)
                .filter(Contest::sameType)
                .anyMatch(peer -> ours.isLike(peer.distance().orElseThrow()));
        if (!agree) {
            System.out.println("FAIL: Aorta does not compute the same as libtorch");
        }
        return agree;
    }

    private static Map<String, Object> report(Case c, double forward, Quiet quiet, List<Contest> contests) {
        double peak = quiet.peak();
        Contest ours = contests.getFirst();
        double bestStep = best(contests, true);
        double bestInference = best(contests, false);
        System.out.printf(
                Locale.ROOT,
                "%-34s %9s %7s %7s %9s %7s %7s%n",
                "",
                "step ms",
                "ratio",
                "share",
                "infer ms",
                "ratio",
                "share");
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Contest contest : contests) {
            double step = contest.milliseconds(true);
            double inference = contest.milliseconds(false);
            double stepShare = 3 * forward / step / peak * 1e3;
            double inferenceShare = forward / inference / peak * 1e3;
            System.out.printf(
                    Locale.ROOT,
                    "%-34s %9.1f %6.2fx %7.2f %9.1f %6.2fx %7.2f%n",
                    contest.trainee().engine(),
                    step,
                    bestStep / step,
                    stepShare,
                    inference,
                    bestInference / inference,
                    inferenceShare);
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("engine", contest.trainee().engine());
            contest.distance().ifPresent(d -> row.put("distanceFromFloat64", d.json()));
            row.put("stepMillis", step);
            row.put("stepShareOfPeak", stepShare);
            row.put("inferenceMillis", inference);
            row.put("inferenceShareOfPeak", inferenceShare);
            rows.add(row);
        }
        System.out.printf(
                Locale.ROOT,
                "ratio: speed in times that of the best float32 peer; share: of the peak of %.0f GFLOP/s, counted as direct"
                        + " convolution (%.1f GFLOP forward, three times that a step)%n",
                peak,
                forward);
        System.out.println(quiet);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("case", c.toString());
        result.put("peakGigaflops", peak);
        result.put("forwardGigaflop", forward);
        result.put("stepRatio", bestStep / ours.milliseconds(true));
        result.put("inferenceRatio", bestInference / ours.milliseconds(false));
        result.put("quiet", quiet.json());
        result.put("engines", rows);
        return result;
    }

    private static double best(List<Contest> contests, boolean step) {
        return contests.stream()
                .skip(1)
                .filter(Contest::sameType)
                .mapToDouble(contest -> contest.milliseconds(step))
                .min()
                .orElseThrow();
    }
}
