package dev.aorta.bench.peers;

import dev.aorta.bench.Bench;
import dev.aorta.bench.Case;
import dev.aorta.bench.Compiled;
import dev.aorta.bench.Imported;
import dev.aorta.bench.Machine;
import dev.aorta.bench.Network;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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
                    + " process, and runs them in ONNX Runtime.",
            "First proves that they compute the same; ends with status 1 when they do not.",
            "With --twins, --ops, --onnx, --first or --serve that alone; of them --onnx takes cases, such as resnet-18x1 or"
                    + " mobilenetv2."
        })
public final class Peers implements Callable<Integer> {
    private static final List<String> ALL = List.of("unet-16x1", "unet-32x1", "unet-32x4", "unet-64x1", "labx1");

    @Parameters(
            arity = "0..*",
            paramLabel = "CASE",
            description =
                    "NETWORKxBATCH, of U-Nets, lab, resnet-18, resnet-50, mobilenetv2 and efficientnet-b0 (default: U-Nets and lab)")
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
            names = "--compile",
            description = "torch.compile as well, of U-Nets, by a Python that has torch; without one it is left out")
    private boolean compile;

    @Option(names = "--python", paramLabel = "FILE", description = "for --compile (default: ${DEFAULT-VALUE})")
    private String python = "python3";

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
                agree &= measure(name, results);
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

    private boolean measure(String name, List<Map<String, Object>> results) throws IOException {
        System.out.printf(Locale.ROOT, "%n%s, %d threads%n", name, threads);
        Entry entry = Entry.of(name, threads);
        try (Match match = new Match(entry, new Turns(warmUp, rounds, repeat, new Quiet(threads)))) {
            if (tensorFlow) {
                match.add(TensorFlow.of(Case.of(name), threads));
            } else {
                match.addLibtorch();
            }
            match.addOnnxRuntime(threads);
            if (compile) {
                addCompiled(match, name);
            }
            return match.measure(!unproven, results);
        }
    }

    private void addCompiled(Match match, String name) throws IOException {
        if (Imported.isOfZoo(Case.networkOf(name)) || !(Case.of(name).network() instanceof Network.UNet unet)) {
            System.out.println("torch.compile: only U-Nets, not " + name);
            return;
        }
        Optional<String> torch = Compiled.torch(python);
        if (torch.isEmpty()) {
            System.out.println("torch.compile: left out, " + python + " has no torch of version 2 or newer");
            return;
        }
        System.out.println(
                "torch.compile of PyTorch " + torch.get() + " has weights of its own, in a process of its own");
        for (boolean channelsLast : new boolean[] {false, true}) {
            match.add(new Compiled(python, unet, Case.batchOf(name), channelsLast, threads));
        }
    }
}
