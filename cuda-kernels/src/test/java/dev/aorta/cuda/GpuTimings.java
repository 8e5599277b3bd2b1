package dev.aorta.cuda;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.util.ArrayList;
import java.util.List;

/** Timings of a CUDA device: bandwidth, products, convolutions, the U-Net. Times are medians in milliseconds. */
final class GpuTimings {
    /**
     * What is measured.
     *
     * @param size rows and columns of the image
     * @param bases channels of the first level
     * @param batches images a step
     * @param depth halvings
     * @param elements of the bandwidth test
     * @param millis time spent on each figure
     * @param seconds after which nothing more is begun
     * @param torchSeconds the same for PyTorch
     * @param sanitizerSeconds after which each tool of compute-sanitizer is ended
     * @param ways to compute
     */
    record Plan(
            int size,
            List<Integer> bases,
            List<Integer> batches,
            int depth,
            int elements,
            int millis,
            int seconds,
            int torchSeconds,
            int sanitizerSeconds,
            List<Way> ways) {
        static final Plan WHOLE =
                new Plan(256, List.of(16, 64), List.of(1, 8, 32), 4, 1 << 28, 60, 180, 110, 50, Way.ALL);
        static final Plan SMOKE = new Plan(8, List.of(2), List.of(1), 1, 1 << 10, 0, 180, 30, 30, Way.ALL);
    }

    /** A way to compute: with the libraries where there are some, or with own kernels alone. */
    record Way(String name, CudaOptions.Libraries libraries, CudaOptions.Math math) {
        /** What matters most comes first, for time may run out. */
        static final List<Way> ALL = List.of(
                new Way("tf32", CudaOptions.Libraries.AUTO, CudaOptions.Math.TF32),
                new Way("bfloat16", CudaOptions.Libraries.AUTO, CudaOptions.Math.BFLOAT16),
                new Way("fp32", CudaOptions.Libraries.AUTO, CudaOptions.Math.FP32),
                new Way("own tf32", CudaOptions.Libraries.NONE, CudaOptions.Math.TF32),
                new Way("own bfloat16", CudaOptions.Libraries.NONE, CudaOptions.Math.BFLOAT16),
                new Way("own fp32", CudaOptions.Libraries.NONE, CudaOptions.Math.FP32));
    }

    private final Plan plan;
    private final long begin = System.nanoTime();
    private final GpuRows rows = new GpuRows();

    GpuTimings(Plan plan) {
        this.plan = plan;
    }

    /** One row a figure: what, how, ms, and a rate with its unit. */
    List<GpuRows.Row> measure() {
        try (var backend = open(CudaOptions.Libraries.AUTO, CudaOptions.Math.FP32)) {
            bandwidth(backend);
        }
        for (Way how : plan.ways()) {
            attempt("everything", how.name, () -> {
                try (var backend = open(how.libraries, how.math)) {
                    measure(backend, how.name);
                }
            });
        }
        return rows.all();
    }

    private void measure(CudaBackend backend, String how) {
        attempt("gemm", how, () -> product(backend, how));
        for (int base : plan.bases()) {
            for (int batch : plan.batches()) {
                attempt(network(base, batch, plan.size()), how, () -> network(backend, how, base, batch));
            }
        }
        for (int base : plan.bases()) {
            for (int batch : plan.batches()) {
                String sizes = "base " + base + ", batch " + batch;
                attempt("convolutions, " + sizes, how, () -> convolutions(backend, how, base, batch));
            }
        }
    }

    /** What the rows of a U-Net begin with. */
    static String network(int base, int batch, int side) {
        return "U-Net base " + base + " batch " + batch + ", " + side + "x" + side;
    }

    /** What does not fit into this GPU is a row that says so, and the rest goes on. */
    private void attempt(String what, String how, Runnable work) {
        if (System.nanoTime() - begin > plan.seconds() * 1_000_000_000L) {
            rows.missing(what, how, "not measured: the " + plan.seconds() + " seconds were used up");
            return;
        }
        try {
            work.run();
        } catch (CudaException e) {
            rows.missing(what, how, e.getMessage());
        }
    }

    private static CudaBackend open(CudaOptions.Libraries libraries, CudaOptions.Math math) {
        return new CudaBackend(0, new CudaOptions(libraries, math, CudaOptions.Algorithms.TIMED, false));
    }

    /** Median time of one call, after two to warm up. */
    private double time(CudaBackend backend, Runnable work) {
        work.run();
        work.run();
        backend.synchronize();
        var times = new ArrayList<Double>();
        long end = System.nanoTime() + plan.millis() * 1_000_000L;
        do {
            long start = System.nanoTime();
            work.run();
            backend.synchronize();
            times.add((System.nanoTime() - start) / 1e6);
        } while (System.nanoTime() < end);
        times.sort(null);
        return times.get(times.size() / 2);
    }

    private void bandwidth(CudaBackend backend) {
        int n = plan.elements();
        try (var b = new Buffers(backend)) {
            Buffer x = b.ones(n);
            Buffer y = b.ones(n);
            rows.measured(
                    "add, " + n + " elements", "own", time(backend, () -> backend.add(y, y, x)), 12e-6 * n, "GB/s");
        }
    }

    private void product(CudaBackend backend, String how) {
        int n = plan.size() * 16;
        try (var b = new Buffers(backend)) {
            Buffer x = b.image(n * n);
            Buffer y = b.image(n * n);
            Buffer z = b.ones(n * n);
            double ms = time(backend, () -> backend.gemm(z, x, false, y, false, n, n, n));
            rows.measured("gemm " + n, how, ms, 2e-9 * n * n * n, "TFLOP/s");
        }
    }

    private void convolutions(CudaBackend backend, String how, int base, int batch) {
        for (int level = 0; level <= plan.depth(); level++) {
            int side = plan.size() >> level;
            int channels = base << level;
            ConvShape s = ConvShape.of(
                    "", Shape.of(batch, side, side, channels), Shape.of(channels, 3, 3, channels), Conv2dOptions.SAME);
            double work = 2e-9 * s.multiplyAdds();
            String what = "conv 3x3 " + batch + "x" + side + "x" + side + "x" + channels;
            try (var b = new Buffers(backend)) {
                Buffer x = b.image(s.input().size());
                Buffer w = b.ones(s.weight().size());
                Buffer y = b.image(s.output().size());
                Buffer bias = b.ones(channels);
                rows.measured(what, how, time(backend, () -> backend.conv2d(y, x, w, bias, true, s)), work, "TFLOP/s");
                double input = time(backend, () -> backend.conv2dGradInput(x, y, null, w, null, s));
                rows.measured(what + " grad input", how, input, work, "TFLOP/s");
                double weight = time(backend, () -> backend.conv2dGradWeight(w, y, null, x, s));
                rows.measured(what + " grad weight", how, weight, work, "TFLOP/s");
            }
        }
    }

    private void network(CudaBackend backend, String how, int base, int batch) {
        Device device = Device.of(backend);
        int side = plan.size();
        String what = network(base, batch, side);
        try (Scope model = Scope.open()) {
            var net = new CheckNet(device, base, plan.depth());
            Adam adam = new Adam(net.parameters(), Schedule.constant(1e-3));
            float[] image = new float[batch * side * side];
            Tensor x = Tensor.of(device, image, batch, side, side, 1);
            Tensor labels = Tensor.of(device, image, batch, side, side);
            Runnable step = () -> {
                try (Scope scope = Scope.open()) {
                    adam.step(net.forward(x, Pass.training(1, 1))
                            .crossEntropy(labels, null)
                            .backward());
                }
            };
            rows.measured(what + " training step", how, time(backend, step), batch * 1000.0, "images/s");
            try (CudaGraph graph = backend.capture(step, adam)) {
                double replay = time(backend, graph::replay);
                rows.measured(what + " training step, captured", how, replay, batch * 1000.0, "images/s");
            }
            Runnable inference = () -> {
                try (Scope scope = Scope.noGrad()) {
                    net.forward(x, Pass.INFERENCE);
                }
            };
            double eager = time(backend, () -> {
                x.set(image);
                inference.run();
            });
            rows.measured(what + " inference", how, eager, batch * 1000.0, "images/s");
            try (CudaGraph graph = backend.capture(inference)) {
                double replay = time(backend, () -> {
                    x.set(image);
                    graph.replay();
                });
                rows.measured(what + " inference, captured", how, replay, batch * 1000.0, "images/s");
            }
        }
    }

    /** Buffers that are released together. */
    private record Buffers(CudaBackend backend, List<Buffer> taken) implements AutoCloseable {
        Buffers(CudaBackend backend) {
            this(backend, new ArrayList<>());
        }

        Buffer ones(int n) {
            return filled(backend.allocate(n));
        }

        /** Stored as the images of a network in this mode. */
        Buffer image(int n) {
            return filled(CudaBuffer.of(backend.allocate(n)).storedAs(CudaBuffer.Storage.BFLOAT16));
        }

        private Buffer filled(Buffer b) {
            backend.fill(b, 1);
            taken.add(b);
            return b;
        }

        @Override
        public void close() {
            taken.forEach(backend::release);
        }
    }
}
