package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.nn.Model;
import dev.aorta.serve.Batching;
import dev.aorta.serve.HttpError;
import dev.aorta.serve.ModelServer;
import dev.aorta.serve.ServedModel;
import dev.aorta.serve.ServerOptions;
import dev.aorta.zoo.Norm;
import dev.aorta.zoo.UNet;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code bench serve}: a U-Net behind the server, asked over loopback by several clients at once. */
@Command(
        name = "serve",
        description =
                "Measures throughput and latency of a U-Net behind aorta-serve, with binary tensors over loopback.")
final class ServeCommand implements Callable<Integer> {
    @Option(names = "--clients", split = ",", description = "at once (default: ${DEFAULT-VALUE})")
    private List<Integer> clients = List.of(1, 8, 64);

    @Option(names = "--seconds", description = "for each number of clients (default: ${DEFAULT-VALUE})")
    private double seconds = 60;

    @Option(names = "--side", description = "of the image, pixels (default: ${DEFAULT-VALUE})")
    private int side = 256;

    @Option(names = "--base", description = "channels of the U-Net's first level (default: ${DEFAULT-VALUE})")
    private int base = 8;

    @Option(names = "--threads", description = "of the CPU (default: ${DEFAULT-VALUE})")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Spec
    private @Nullable CommandSpec spec;

    /** What one client saw. */
    private static final class Seen {
        private final List<Double> milliseconds = new ArrayList<>();
        private int busy;
        private int other;
    }

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        int others = 0;
        try (Device device = Device.cpu(threads);
                ModelServer server = ModelServer.start(ServerOptions.loopback(0), (name, version) -> model(device));
                HttpClient http = HttpClient.newHttpClient()) {
            server.models().load("unet", "1", 100);
            HttpRequest request = request(server.uri());
            run(http, request, 1, Math.min(5, seconds)); // warm-up
            out.printf(
                    "%8s %12s %9s %9s %9s %9s %7s%n",
                    "clients", "answers/s", "p50 ms", "p99 ms", "answers", "429", "other");
            for (int count : clients) {
                Seen seen = run(http, request, count, seconds);
                others += seen.other;
                Collections.sort(seen.milliseconds);
                out.printf(
                        Locale.ROOT,
                        "%8d %12.1f %9.1f %9.1f %9d %9d %7d%n",
                        count,
                        seen.milliseconds.size() / seconds,
                        percentile(seen.milliseconds, 0.5),
                        percentile(seen.milliseconds, 0.99),
                        seen.milliseconds.size(),
                        seen.busy,
                        seen.other);
                out.flush();
            }
        } catch (HttpError e) {
            throw new IOException(e.getMessage(), e);
        }
        return others == 0 ? 0 : 1;
    }

    private ServedModel model(Device device) {
        UNet unet = new UNet(1, 2).withBase(base).withNorm(Norm.GROUP);
        return new ServedModel(
                Model.of(() -> unet.build(device, 42)),
                device,
                new ServedModel.Port("image", -1, side, side, 1),
                new ServedModel.Port("logits", -1, side, side, 2),
                new Batching(8, Duration.ofMillis(2), 32));
    }

    private HttpRequest request(URI server) {
        int size = side * side * Float.BYTES;
        byte[] json = ("{\"inputs\":[{\"name\":\"image\",\"datatype\":\"FP32\",\"shape\":[1," + side + "," + side
                        + ",1],\"parameters\":{\"binary_data_size\":" + size + "}}],"
                        + "\"parameters\":{\"binary_data_output\":true}}")
                .getBytes(StandardCharsets.UTF_8);
        return HttpRequest.newBuilder(server.resolve("/v2/models/unet/infer"))
                .header("Inference-Header-Content-Length", Integer.toString(json.length))
                .POST(HttpRequest.BodyPublishers.ofByteArray(
                        ByteBuffer.allocate(json.length + size).put(json).array()))
                .build();
    }

    private static Seen run(HttpClient http, HttpRequest request, int clients, double seconds)
            throws InterruptedException, ExecutionException {
        long until = System.nanoTime() + (long) (seconds * 1e9);
        Callable<Seen> client = () -> {
            Seen seen = new Seen();
            while (System.nanoTime() < until) {
                long begin = System.nanoTime();
                int status = http.send(request, HttpResponse.BodyHandlers.ofByteArray())
                        .statusCode();
                if (status == 200) {
                    seen.milliseconds.add((System.nanoTime() - begin) / 1e6);
                } else if (status == 429) {
                    seen.busy++;
                    Thread.sleep(100); // a client that is told to come again does not come at once
                } else {
                    seen.other++;
                }
            }
            return seen;
        };
        Seen all = new Seen();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Seen> future : threads.invokeAll(Collections.nCopies(clients, client))) {
                Seen seen = future.get();
                all.milliseconds.addAll(seen.milliseconds);
                all.busy += seen.busy;
                all.other += seen.other;
            }
        }
        return all;
    }

    private static double percentile(List<Double> sorted, double part) {
        return sorted.isEmpty() ? Double.NaN : sorted.get((int) Math.min(sorted.size() - 1, part * sorted.size()));
    }
}
