package dev.aorta.bench;

import dev.aorta.Conv2dOptions;
import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code bench sizes}: whether some size of the image, the batch or the channels is a cliff. */
@Command(
        name = "sizes",
        description = "Measures training steps and convolutions over sizes of the image, the batch and the channels.")
final class SizesCommand implements Callable<Integer> {
    private static final int[] SIDES = {128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024};
    private static final int[] SQUARES = {
        16, 17, 23, 31, 32, 33, 48, 63, 64, 65, 97, 127, 128, 129, 191, 255, 256, 257, 511, 512, 1023, 1024
    };
    private static final int[] CHANNELS = {
        1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 100, 128, 200, 256, 300, 512, 1024
    };
    private static final int[] BATCHES = {1, 2, 3, 4, 7, 8, 16, 32};

    @Option(names = "--threads", description = "of the CPU (default: ${DEFAULT-VALUE})")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--seconds",
            description = "of warm-up, and again of measurement, for each number (default: ${DEFAULT-VALUE})")
    private double seconds = 0.2;

    @Option(names = "--out", paramLabel = "FILE", description = "JSON results (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("benchmarks/target/sizes.json");

    @Override
    public Integer call() throws IOException {
        Machine.write(
                out,
                Map.of(
                        "steps",
                        steps(),
                        "images",
                        convolutions("image", shapes(SQUARES, n -> shape(1, n, 32, 32))),
                        "channels",
                        convolutions("channels in", shapes(CHANNELS, n -> shape(1, 64, n, 32))),
                        "outputs",
                        convolutions("channels out", shapes(CHANNELS, n -> shape(1, 64, 32, n))),
                        "batches",
                        convolutions("batch", shapes(BATCHES, n -> shape(n, 32, 64, 64)))));
        return 0;
    }

    /** Nanoseconds a pixel of the U-Net's step. */
    private List<Map<String, Object>> steps() {
        double[] perPixel = new double[SIDES.length];
        for (int i = 0; i < SIDES.length; i++) {
            Batch batch = Batch.random(1, SIDES[i], 2);
            try (Aorta aorta = new Aorta(Network.named("unet-16"), batch, threads)) {
                double time =
                        best((i == 0 ? 30 : 8) * seconds, aorta::step); // the first until all kernels are compiled
                perPixel[i] = 1e9 * time / batch.labels().length;
            }
        }
        double least = IntStream.range(0, SIDES.length)
                .mapToDouble(i -> perPixel[i])
                .min()
                .orElseThrow();
        System.out.printf("%nunet-16x1, training step%n   side  ns/pixel  of best%n");
        List<Map<String, Object>> results = new ArrayList<>();
        for (int i = 0; i < SIDES.length; i++) {
            System.out.printf(Locale.ROOT, "%7d %9.0f %8.2f%n", SIDES[i], perPixel[i], perPixel[i] / least);
            results.add(Map.of("side", SIDES[i], "nanosPerPixel", perPixel[i]));
        }
        return results;
    }

    private List<Map<String, Object>> convolutions(String what, List<ConvShape> shapes) {
        System.out.printf("%n3x3 convolution, GFLOP/s%n%-30s  forward  input gradient  weight gradient%n", what);
        List<Map<String, Object>> results = new ArrayList<>();
        try (Device device = Device.cpu(threads)) {
            Backend k = device.backend();
            for (ConvShape s : shapes) {
                Buffer x = filled(k, s.input());
                Buffer w = filled(k, s.weight());
                Buffer y = filled(k, s.output());
                Buffer dw = filled(k, s.weight());
                double flop = 2e-9 * s.multiplyAdds();
                double forward = flop / best(seconds, () -> k.conv2d(y, x, w, null, false, s));
                double input = flop / best(seconds, () -> k.convTranspose2d(x, y, w, null, s));
                double weight = flop / best(seconds, () -> k.conv2dGrad(null, dw, null, new Masked(y, null), x, w, s));
                Stream.of(x, w, y, dw).forEach(k::release);
                String label = s.input() + " to " + s.outC();
                System.out.printf(Locale.ROOT, "%-30s %8.0f %15.0f %16.0f%n", label, forward, input, weight);
                results.add(Map.of("convolution", label, "forward", forward, "gradInput", input, "gradWeight", weight));
            }
        }
        return results;
    }

    /** Seconds of the fastest of the calls that fit in a time, and of at least three, after as long a warm-up. */
    private static double best(double seconds, Runnable call) {
        int calls = 0;
        for (long begin = System.nanoTime(); calls < 3 || System.nanoTime() - begin < 1e9 * seconds; calls++) {
            call.run();
        }
        double best = Double.POSITIVE_INFINITY;
        calls = 0;
        for (long begin = System.nanoTime(); calls < 3 || System.nanoTime() - begin < 1e9 * seconds; calls++) {
            long start = System.nanoTime();
            call.run();
            best = Math.min(best, (System.nanoTime() - start) / 1e9);
        }
        return best;
    }

    private static Buffer filled(Backend k, Shape shape) {
        Buffer buffer = k.allocate(shape.size());
        k.fill(buffer, 1e-3f);
        return buffer;
    }

    private interface Sized {
        ConvShape of(int n);
    }

    private static List<ConvShape> shapes(int[] sizes, Sized shape) {
        return IntStream.of(sizes).mapToObj(shape::of).toList();
    }

    private static ConvShape shape(int batch, int side, int in, int out) {
        return ConvShape.of("", Shape.of(batch, side, side, in), Shape.of(out, 3, 3, in), Conv2dOptions.SAME);
    }
}
