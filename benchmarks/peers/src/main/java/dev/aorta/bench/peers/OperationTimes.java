package dev.aorta.bench.peers;

import static dev.aorta.bench.peers.Operand.normal;
import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.TensorVector;

/**
 * Operations whose time is that of memory, on 16 MB, in Aorta and libtorch and beside a plain copy, all in turns; and convolutions.
 */
@SuppressWarnings("try") // scopes and guards work by being open
final class OperationTimes {
    private static final int ELEMENTS = 1 << 22;
    private static final int ROWS = ELEMENTS / 64;

    private final int threads;
    private final Turns turns;

    OperationTimes(int threads, Turns turns) {
        this.threads = threads;
        this.turns = turns;
    }

    private static List<Operation> operations() {
        Operand flat = normal(ELEMENTS);
        Operand rows = normal(ROWS, 64);
        Operand cube = normal(64, 1024, 64);
        Operand images = normal(16, 64, 64, 64);
        Operand half = normal(ROWS, 32);
        Operand column = normal(ROWS, 1);
        Operand pixels = normal(ELEMENTS / 3, 3);
        Operand square = normal(2048, 2048);
        long[] last = {-1};
        long[] first = {0};
        long[] middle = {1};
        return List.of(
                Operation.of("copy", x -> x[0].detach(), x -> x[0].clone(), flat),
                Operation.of("x + y", x -> x[0].add(x[1]), x -> add(x[0], x[1]), flat, flat),
                Operation.of("(rows, 64) + (64)", x -> x[0].add(x[1]), x -> add(x[0], x[1]), rows, normal(64)),
                Operation.of("(rows, 3) + (3)", x -> x[0].add(x[1]), x -> add(x[0], x[1]), pixels, normal(3)),
                Operation.of("(rows, 1) * (rows, 64)", x -> x[0].mul(x[1]), x -> mul(x[0], x[1]), column, rows),
                Operation.of("sum of all", x -> x[0].sum(), x -> sum(x[0]), flat),
                Operation.of("max of all", x -> x[0].max(), x -> x[0].max(), flat),
                Operation.of("logSumExp of all", x -> x[0].logSumExp(), x -> logsumexp(x[0], 0), flat),
                Operation.of("sum, last axis", x -> x[0].sum(-1), x -> sum(x[0], last), rows),
                Operation.of("max, last axis", x -> x[0].max(-1), x -> amax(x[0], last, false), rows),
                Operation.of("logSumExp, last axis", x -> x[0].logSumExp(-1), x -> logsumexp(x[0], last), rows),
                Operation.of("sum, rows", x -> x[0].sum(0), x -> sum(x[0], first), rows),
                Operation.of("max, rows", x -> x[0].max(0), x -> amax(x[0], first, false), rows),
                Operation.of("logSumExp, rows", x -> x[0].logSumExp(0), x -> logsumexp(x[0], first), rows),
                Operation.of("sum, middle axis", x -> x[0].sum(1), x -> sum(x[0], middle), cube),
                Operation.of("max, middle axis", x -> x[0].max(1), x -> amax(x[0], middle, false), cube),
                Operation.of("logSumExp, middle axis", x -> x[0].logSumExp(1), x -> logsumexp(x[0], middle), cube),
                permute(images, 0, 3, 1, 2),
                permute(images, 0, 2, 3, 1),
                permute(square, 1, 0),
                Operation.of(
                        "concat, last axis",
                        x -> joined(Tensor.concat(-1, x)),
                        x -> cat(new TensorVector(x[0], x[1]), -1),
                        half,
                        half),
                Operation.of("gelu", x -> x[0].gelu(), x -> gelu(x[0]), flat),
                Operation.of("softmax", x -> x[0].softmax(), x -> softmax(x[0], -1), rows));
    }

    /** A concatenation stays in parts until somebody reads it. */
    private static Tensor joined(Tensor concatenation) {
        concatenation.get(0, 0);
        return concatenation;
    }

    private static Operation permute(Operand x, int... axes) {
        long[] order = Arrays.stream(axes).asLongStream().toArray();
        return Operation.of(
                "permute " + Arrays.toString(axes),
                y -> y[0].permute(axes),
                y -> y[0].permute(order).contiguous(),
                x);
    }

    /**
     * Measures all.
     *
     * @throws IllegalStateException when the engines give different values
     */
    List<Map<String, Object>> measure() {
        List<Map<String, Object>> rows = new ArrayList<>();
        try (Device device = Device.cpu(threads);
                ExecutorService pool = Executors.newFixedThreadPool(threads);
                NoGradGuard guard = new NoGradGuard()) {
            float[] from = new float[ELEMENTS];
            float[] to = new float[ELEMENTS];
            Runnable copy = () -> copy(pool, from, to);
            header("4 Mi elements, " + threads + " threads", "share");
            operations().forEach(op -> rows.add(measure(op, device, copy)));
            header("convolutions, " + threads + " threads", "GFLOP/s");
            ImageConvolutions.all().forEach(op -> rows.add(measure(op, device, copy)));
        }
        System.out.println("ratio: Aorta's speed in times that of libtorch; share: of the bandwidth of a plain copy");
        return rows;
    }

    private Map<String, Object> measure(Operation op, Device device, Runnable copy) {
        try (Scope inputs = Scope.noGrad();
                PointerScope others = new PointerScope()) {
            List<Operand> operands =
                    op.operands().stream().map(Operand::constant).toList();
            Tensor[] x = operands.stream().map(o -> o.on(device)).toArray(Tensor[]::new);
            var y = operands.stream().map(o -> o.inTorch(ScalarType.Float)).toArray(org.bytedeco.pytorch.Tensor[]::new);
            int output = requireEqual(op, x, y);
            Runnable aorta = () -> {
                try (Scope call = Scope.noGrad()) {
                    op.ours().of(x).buffer();
                }
            };
            Runnable torch = () -> {
                try (PointerScope call = new PointerScope()) {
                    op.theirs().of(y);
                }
            };
            double[] medians = turns.medians(copy, aorta, torch);
            double elements =
                    output + operands.stream().mapToLong(o -> o.values().length).sum();
            double share = elements * medians[0] / (2.0 * ELEMENTS);
            return report(op, medians, op.work() == 0 ? share : op.work() / 1e6);
        }
    }

    /** The number of elements of the output, which is the same in both engines. */
    private static int requireEqual(Operation op, Tensor[] x, org.bytedeco.pytorch.Tensor[] y) {
        try (Scope call = Scope.noGrad();
                PointerScope other = new PointerScope()) {
            double[] ours = Numbers.doubles(op.ours().of(x).toArray());
            double distance = Numbers.distance(ours, Libtorch.values(op.theirs().of(y)), 0);
            if (!(distance < 1e-4)) {
                throw new IllegalStateException(op.name() + ": Aorta and libtorch are " + distance + " apart");
            }
            return ours.length;
        }
    }

    private static void header(String what, String rate) {
        System.out.printf("%-26s %9s %11s %8s %8s %9s%n", what, "Aorta ms", "libtorch ms", "ratio", rate, "libtorch");
    }

    /**
     * Prints a row.
     *
     * @param work that both did; divided by milliseconds, the share of the bandwidth of a copy or GFLOP/s
     */
    private static Map<String, Object> report(Operation op, double[] medians, double work) {
        double ratio = medians[2] / medians[1];
        System.out.printf(
                Locale.ROOT,
                op.work() == 0 ? "%-26s %9.2f %11.2f %7.2fx %8.2f %9.2f%n" : "%-26s %9.3f %11.3f %7.2fx %8.0f %9.0f%n",
                op.name(),
                medians[1],
                medians[2],
                ratio,
                work / medians[1],
                work / medians[2]);
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("operation", op.name());
        row.put("aortaMillis", medians[1]);
        row.put("libtorchMillis", medians[2]);
        row.put("copyMillis", medians[0]);
        row.put("ratio", ratio);
        String rate = op.work() == 0 ? "shareOfCopy" : "gigaflops";
        row.put(rate, work / medians[1]);
        row.put("libtorch" + Character.toUpperCase(rate.charAt(0)) + rate.substring(1), work / medians[2]);
        return row;
    }

    private void copy(ExecutorService pool, float[] from, float[] to) {
        int share = Math.ceilDiv(ELEMENTS, threads);
        List<Future<?>> running = new ArrayList<>();
        for (int begin = 0; begin < ELEMENTS; begin += share) {
            int at = begin;
            running.add(pool.submit(() -> System.arraycopy(from, at, to, at, Math.min(share, ELEMENTS - at))));
        }
        try {
            for (Future<?> part : running) {
                part.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("the copy did not finish", e);
        }
    }
}
