package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.nn.Model;
import dev.aorta.serve.HttpError;
import dev.aorta.serve.ModelServer;
import dev.aorta.serve.ServerOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code bench serve}: a U-Net behind the server, asked over loopback by several clients at once, or tormented. */
@Command(
        name = "serve",
        description =
                "Measures throughput and latency of a U-Net behind aorta-serve, with binary tensors over loopback; or with"
                        + " --trials sends it 10,000 malformed bodies and 1,000 slow clients, and ends it in full load.")
final class ServeCommand implements Callable<Integer> {
    @Option(names = "--clients", split = ",", description = "at once (default: ${DEFAULT-VALUE})")
    private List<Integer> clients = List.of(1, 8, 64, 200);

    @Option(names = "--seconds", description = "for each number of clients (default: ${DEFAULT-VALUE})")
    private double seconds = 60;

    @Option(names = "--side", description = "of the image, pixels (default: ${DEFAULT-VALUE})")
    private int side = 256;

    @Option(names = "--base", description = "channels of the U-Net's first level (default: ${DEFAULT-VALUE})")
    private int base = 8;

    @Option(names = "--threads", description = "of the CPU (default: ${DEFAULT-VALUE})")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(names = "--trials", description = "torment a server in a process of its own")
    private boolean trials;

    @Option(names = "--seed", description = "of the malformed bodies (default: ${DEFAULT-VALUE})")
    private long seed = 42;

    /** The server of the trials: it tells its address, and a line for each answer, until it is told to end. */
    @Option(names = "--hold", hidden = true)
    private boolean hold;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException, ExecutionException {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (trials) {
            return new ServeTrials(new ServedUNet(64, base), seed, out).run() ? 0 : 1;
        }
        ServedUNet unet = new ServedUNet(side, base);
        try (Device device = Device.cpu(threads);
                ModelServer server = ModelServer.start(
                        hold ? logged(out) : ServerOptions.loopback(0),
                        (name, version) -> unet.serve(Model.of(() -> unet.build(device)), device))) {
            server.models().load("unet", "1", 100);
            if (hold) {
                hold(server, out);
                return 0;
            }
            return load(unet.request(server.uri(), "unet"), out);
        } catch (HttpError e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private int load(HttpRequest request, PrintWriter out) throws InterruptedException, ExecutionException {
        long self = ProcessHandle.current().pid();
        int others = 0;
        try (HttpClient http = HttpClient.newHttpClient()) {
            Clients.ask(http, request, 1, Math.min(5, seconds)); // warm-up
            out.printf("%8s %s %14s%n", "clients", Clients.HEAD, "memory MiB");
            for (int count : clients) {
                long before = Machine.memory(self);
                Clients seen = Clients.ask(http, request, count, seconds);
                others += seen.other();
                out.printf("%8d %s %6d -> %4d%n", count, seen.row(), before, Machine.memory(self));
                out.flush();
            }
        }
        return others == 0 ? 0 : 1;
    }

    private static ServerOptions logged(PrintWriter out) {
        ServerOptions plain = ServerOptions.loopback(0);
        return new ServerOptions(
                plain.address(), plain.mostBody(), plain.mostBodies(), plain.drain(), null, null, line -> {
                    synchronized (out) {
                        out.println(line);
                        out.flush();
                    }
                });
    }

    private static void hold(ModelServer server, PrintWriter out) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            server.close();
            ended.countDown();
        }));
        out.println(server.uri());
        out.flush();
        ended.await();
    }
}
