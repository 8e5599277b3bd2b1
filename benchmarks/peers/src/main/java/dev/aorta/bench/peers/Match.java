package dev.aorta.bench.peers;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.bench.Compiled;
import dev.aorta.bench.Trainee;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.Onnx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The engines on one case: a proof that they compute the same, and their times in turns. Closes the engines. */
final class Match implements AutoCloseable {
    private final Entry entry;
    private final Turns turns;
    private final Map<Contest, Trainee> proven = new LinkedHashMap<>();
    private final List<Contest> contests = new ArrayList<>();
    private final List<Trainee> trainees = new ArrayList<>();
    private Optional<OnnxRuntime> runtime = Optional.empty();
    private final List<Compiled> compiled = new ArrayList<>();

    /** Aorta alone so far. */
    Match(Entry entry, Turns turns) {
        this.entry = entry;
        this.turns = turns;
        add(entry.aorta().get());
    }

    /** Adds an engine whose values are compared. */
    void add(Trainee trainee) {
        Contest contest = Contest.of(trainee);
        trainees.add(trainee);
        contests.add(contest);
        proven.put(contest, trainee);
    }

    /** Adds libtorch in all ways that are timed. */
    void addLibtorch() {
        entry.modes().forEach(mode -> add(entry.libtorch().apply(mode)));
    }

    /** Adds a network that another process trains, with weights of its own. */
    void add(Compiled network) {
        compiled.add(network);
        contests.add(Contest.of(network));
    }

    /**
     * Adds the inference by ONNX Runtime, from a file that Aorta writes.
     *
     * @throws IllegalStateException when it gives other scores than Aorta
     */
    void addOnnxRuntime(int threads) throws IOException {
        int[] dims = entry.dims();
        Path file = Files.createTempFile("aorta-peers", ".onnx");
        try (Device device = Device.cpu(1);
                Scope scope = Scope.noGrad()) {
            Layer layer = entry.layer().apply(device);
            Onnx.save(layer, file, Shape.of(1, dims[1], dims[2], dims[3]));
            Tensor images = Tensor.of(device, entry.images(), dims);
            float[] planes = images.permute(0, 3, 1, 2).toArray();
            OnnxRuntime loaded =
                    new OnnxRuntime(file, planes, new long[] {dims[0], dims[3], dims[1], dims[2]}, threads);
            runtime = Optional.of(loaded);
            Tensor ours = layer.forward(images, Pass.INFERENCE);
            OnnxTimes.requireEqual(
                    entry.name(), "ONNX Runtime", Numbers.doubles(loaded.values()), OnnxTimes.inOrder(ours));
            contests.add(Contest.inference("ONNX Runtime", loaded::infer));
        } finally {
            Files.delete(file);
        }
    }

    /**
     * Measures all.
     *
     * @param proof whether to compare the values first
     * @param results take another one
     * @return whether Aorta computes the same as the others
     */
    boolean measure(boolean proof, List<Map<String, Object>> results) {
        boolean agree = !proof || agree();
        contests.forEach(contest -> contest.warmUp(turns.warmUp()));
        int repeat = turns.repeat();
        for (int r = 0; r < turns.rounds(); r++) {
            turns.quiet()
                    .round(
                            () -> contests.forEach(contest -> contest.turn(repeat)),
                            () -> contests.forEach(contest -> contest.undo(repeat)));
        }
        results.add(report());
        return agree;
    }

    @Override
    public void close() {
        trainees.forEach(Trainee::close);
        runtime.ifPresent(OnnxRuntime::close);
        compiled.forEach(Compiled::close);
    }

    /** Prints how far each engine is from the exact computation; true when Aorta is about as near as the others. */
    private boolean agree() {
        Parity exact;
        try (Trainee reference = entry.libtorch().apply(Torch.Mode.FLOAT64)) {
            exact = Parity.of(reference);
        }
        System.out.printf(
                "%-34s %9s %9s %9s  %s%n",
                "distance from libtorch float64", "logits", "gradients", "10 losses", "worst gradient");
        proven.forEach((contest, trainee) -> {
            Parity.Distance distance = Parity.of(trainee).from(exact);
            contest.distance(distance);
            System.out.printf("%-34s %s%n", contest.engine(), distance);
        });
        Parity.Distance ours = contests.getFirst().distance().orElseThrow();
        boolean agree = proven.keySet().stream()
                .skip(1)
                .filter(Contest::sameType)
                .anyMatch(peer -> ours.isLike(peer.distance().orElseThrow()));
        if (!agree) {
            System.out.println("FAIL: Aorta does not compute the same as libtorch");
        }
        return agree;
    }

    private Map<String, Object> report() {
        double forward = entry.gigaflop();
        Quiet quiet = turns.quiet();
        double peak = quiet.peak();
        Contest ours = contests.getFirst();
        double bestStep = best(true);
        double bestInference = best(false);
        System.out.printf(
                Locale.ROOT,
                "%-34s %9s %8s %7s %9s %8s %7s%n",
                "",
                "step ms",
                "ratio",
                "share",
                "infer ms",
                "ratio",
                "share");
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Contest contest : contests) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("engine", contest.engine());
            contest.distance().ifPresent(d -> row.put("distanceFromFloat64", d.json()));
            String steps = "%9s %8s %7s".formatted("-", "-", "-");
            if (contest.trains()) {
                double step = contest.milliseconds(true);
                double share = 3 * forward / step / peak * 1e3;
                steps = String.format(Locale.ROOT, "%9.1f %7.2fx %7.2f", step, bestStep / step, share);
                row.put("stepMillis", step);
                row.put("stepShareOfPeak", share);
            }
            double inference = contest.milliseconds(false);
            double share = forward / inference / peak * 1e3;
            row.put("inferenceMillis", inference);
            row.put("inferenceShareOfPeak", share);
            System.out.printf(
                    Locale.ROOT,
                    "%-34s %s %9.1f %7.2fx %7.2f%n",
                    contest.engine(),
                    steps,
                    inference,
                    bestInference / inference,
                    share);
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
        result.put("case", entry.name());
        result.put("peakGigaflops", peak);
        result.put("forwardGigaflop", forward);
        result.put("stepRatio", bestStep / ours.milliseconds(true));
        result.put("inferenceRatio", bestInference / ours.milliseconds(false));
        result.put("quiet", quiet.json());
        result.put("engines", rows);
        return result;
    }

    private double best(boolean step) {
        return contests.stream()
                .skip(1)
                .filter(contest -> contest.sameType() && (contest.trains() || !step))
                .mapToDouble(contest -> contest.milliseconds(step))
                .min()
                .orElseThrow();
    }
}
