package dev.aorta.cuda;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Pool2dOptions;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.AdamStep;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Broadcast;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConcatShape;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.MatMulShape;
import dev.aorta.backend.PoolShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.Strided;
import dev.aorta.backend.Unary;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;

/**
 * Timings of a CUDA device: bandwidth, products, convolutions, the U-Net. Times are medians in milliseconds. The ceiling of what
 * moves numbers is the driver's own copy, that of what multiplies the fastest large product in the same precision.
 */
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
        static final Plan SMOKE = new Plan(8, List.of(2), List.of(1), 1, 1 << 10, 0, 180, 120, 120, Way.ALL);
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
    private final Map<CudaOptions.Math, Double> products = new EnumMap<>(CudaOptions.Math.class);
    private double bandwidth;

    GpuTimings(Plan plan) {
        this.plan = plan;
    }

    /** One row a figure: what, how, ms, and a rate with its unit. */
    List<GpuRows.Row> measure() {
        try (var backend = open(CudaOptions.Libraries.AUTO, CudaOptions.Math.FP32)) {
            driversCopy(backend);
        }
        for (Way how : plan.ways()) {
            attempt("everything", how.name, () -> {
                try (var backend = open(how.libraries, how.math)) {
                    measure(backend, how);
                }
            });
        }
        return rows.all();
    }

    private void measure(CudaBackend backend, Way how) {
        attempt("gemm", how.name, () -> product(backend, how));
        if (how.libraries != CudaOptions.Libraries.NONE && how.math != CudaOptions.Math.TF32) {
            attempt("moving numbers", how.name, () -> memory(backend, how));
        }
        for (int base : plan.bases()) {
            for (int batch : plan.batches()) {
                attempt(network(base, batch, plan.size()), how.name, () -> network(backend, how, base, batch));
            }
        }
        for (int base : plan.bases()) {
            for (int batch : plan.batches()) {
                String sizes = "base " + base + ", batch " + batch;
                attempt("convolutions, " + sizes, how.name, () -> convolutions(backend, how, base, batch));
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

    private void driversCopy(CudaBackend backend) {
        int n = plan.elements();
        try (var b = new Buffers(backend)) {
            var x = CudaBuffer.of(b.ones(n)).pointer();
            var y = CudaBuffer.of(b.ones(n)).pointer();
            var defaultStream = new CUstream();
            double ms = time(backend, () -> {
                Cuda.check(JCudaDriver.cuMemcpyDtoDAsync(y, x, 4L * n, defaultStream), "cuMemcpyDtoDAsync");
                Cuda.check(JCudaDriver.cuStreamSynchronize(defaultStream), "cuStreamSynchronize");
            });
            bandwidth = rows.measured("copy, " + n + " elements", "driver", ms, 8e-6 * n, "GB/s");
        }
    }

    /** Kernels that are as fast as the memory at best, on images of 64 channels. */
    private void memory(CudaBackend backend, Way how) {
        int channels = 64;
        int side = Math.max(2, (int) Math.sqrt(plan.elements() / (double) channels) / 2 * 2);
        int n = side * side * channels;
        int rows = n / channels;
        Broadcast whole = Broadcast.same(Shape.of(n));
        Broadcast bias = Broadcast.of("", Shape.of(rows, channels), Shape.of(channels));
        var channelsFirst = new Strided(new int[] {channels, rows}, 0, new int[] {rows, 1}, 0, new int[] {1, channels});
        var halves = new ConcatShape(rows, new int[] {channels, channels}, 1);
        double bytes = how.math == CudaOptions.Math.BFLOAT16 ? 2 : 4;
        PoolShape pool = PoolShape.of("", Shape.of(1, side, side, channels), Pool2dOptions.of(2));
        try (var b = new Buffers(backend)) {
            Buffer x = b.image(n);
            Buffer y = b.image(n);
            Buffer wide = b.image(2 * n);
            Buffer small = b.image(n / 4);
            Buffer vector = b.ones(channels);
            Buffer pixels = b.ones(rows);
            Buffer one = b.ones(1);
            moved(backend, how, "add", 3 * n * bytes, () -> backend.binary(y, y, x, Binary.ADD, whole));
            moved(backend, how, "ReLU gradient", 3 * n * bytes, () -> backend.unaryGrad(y, x, y, y, Unary.RELU));
            moved(backend, how, "GELU", 2 * n * bytes, () -> backend.unary(y, x, Unary.of(Unary.Kind.GELU)));
            moved(backend, how, "bias", 2 * n * bytes, () -> backend.binary(y, x, vector, Binary.ADD, bias));
            moved(
                    backend,
                    how,
                    "sum of each channel",
                    n * bytes,
                    () -> backend.reduce(vector, x, Reduction.SUM, new ReduceShape(1, rows, channels)));
            moved(
                    backend,
                    how,
                    "largest of each pixel",
                    n * bytes,
                    () -> backend.reduce(pixels, x, Reduction.MAX, new ReduceShape(rows, channels, 1)));
            moved(
                    backend,
                    how,
                    "sum of everything",
                    n * bytes,
                    () -> backend.reduce(one, x, Reduction.SUM, ReduceShape.all(n)));
            moved(backend, how, "channels first", 2 * n * bytes, () -> backend.copy(y, x, channelsFirst));
            moved(
                    backend,
                    how,
                    "two images into one",
                    4 * n * bytes,
                    () -> backend.concat(wide, new Buffer[] {x, x}, halves));
            moved(backend, how, "max pooling", 1.25 * n * bytes, () -> backend.maxPool2d(small, x, pool));
            moved(
                    backend,
                    how,
                    "max pooling, gradient",
                    2.25 * n * bytes,
                    () -> backend.maxPool2dGrad(y, small, x, pool));
        }
        try (var b = new Buffers(backend)) {
            Buffer[][] state = {{b.ones(n)}, {b.ones(n)}, {b.ones(n)}, {b.ones(n)}};
            moved(
                    backend,
                    how,
                    "Adam",
                    7 * 4.0 * n,
                    () -> backend.adam(
                            state[0], state[1], state[2], state[3], new AdamStep(1e-3f, 0.9f, 0.999f, 1e-8f, 0, 1)));
        }
    }

    private void moved(CudaBackend backend, Way how, String what, double bytes, Runnable work) {
        rows.measured(what, how.name, time(backend, work), bytes * 1e-6, "GB/s", bandwidth);
    }

    private void product(CudaBackend backend, Way how) {
        int n = plan.size() * 16;
        try (var b = new Buffers(backend)) {
            Buffer x = b.image(n * n);
            Buffer y = b.image(n * n);
            Buffer z = b.ones(n * n);
            double ms = time(backend, () -> backend.matmul(z, x, y, MatMulShape.of(n, n, n, false, false)));
            double rate = rows.measured("gemm " + n, how.name, ms, 2e-9 * n * n * n, "TFLOP/s");
            products.merge(how.math, rate, Math::max);
        }
    }

    private double ceiling(Way how) {
        return products.getOrDefault(how.math, Double.NaN);
    }

    private void convolutions(CudaBackend backend, Way how, int base, int batch) {
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
                multiplied(backend, how, what, work, () -> backend.conv2d(y, x, w, bias, true, s));
                multiplied(
                        backend,
                        how,
                        what + " grad input",
                        work,
                        () -> backend.conv2dGrad(x, null, null, new Masked(y, null), x, w, s));
                multiplied(
                        backend,
                        how,
                        what + " grad weight",
                        work,
                        () -> backend.conv2dGrad(null, w, null, new Masked(y, null), x, w, s));
            }
        }
    }

    private void multiplied(CudaBackend backend, Way how, String what, double work, Runnable call) {
        rows.measured(what, how.name, time(backend, call), work, "TFLOP/s", ceiling(how));
    }

    private void network(CudaBackend backend, Way how, int base, int batch) {
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
            images(what + " training step", how, time(backend, step), batch);
            Runnable inference = () -> {
                try (Scope scope = Scope.noGrad()) {
                    net.forward(x, Pass.INFERENCE);
                }
            };
            double eager = time(backend, () -> {
                x.set(image);
                inference.run();
            });
            images(what + " inference", how, eager, batch);
        }
    }

    private void images(String what, Way how, double ms, int batch) {
        rows.measured(what, how.name, ms, batch * 1000.0, "images/s");
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
