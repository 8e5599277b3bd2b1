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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The command {@code bench serve}: a U-Net behind a server in a process of its own, asked over loopback by several clients at once, or
 * tormented.
 */
@Command(
        name = "serve",
        description =
                "Measures throughput, latency and resident memory of aorta-serve with a U-Net, in a process of its own, asked"
                        + " with binary tensors over loopback; or with --trials sends it 10,000 malformed bodies and 1,000 slow"
                        + " clients, and ends it in full load.")
final class ServeCommand implements Callable<Integer> {
    private static final String MEMORY = "%9s %9s %9s %9s".formatted("MiB first", "1st half", "2nd half", "last");

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

    @Option(names = "--trials", description = "torment the server")
    private boolean trials;

    @Option(names = "--seed", description = "of the malformed bodies (default: ${DEFAULT-VALUE})")
    private long seed = 42;

    /** The server itself: it tells its address, and a line for each answer, until it is told to end. */
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
        if (hold) {
            hold(unet, out);
            return 0;
        }
        try (ServerProcess server = new ServerProcess(unet, threads, line -> {})) {
            return load(server, unet.request(server.address(), "unet"), out);
        }
    }

    private int load(ServerProcess server, HttpRequest request, PrintWriter out)
            throws InterruptedException, ExecutionException {
        int others = 0;
        try (HttpClient http = HttpClient.newHttpClient()) {
            Clients.ask(http, request, 1, Math.min(5, seconds)); // warm-up
            out.printf("%8s %s %s%n", "clients", Clients.HEAD, MEMORY);
            for (int count : clients) {
                try (Resident resident = new Resident(server)) {
                    Clients seen = Clients.ask(http, request, count, seconds);
                    others += seen.other();
                    out.printf("%8d %s %s%n", count, seen.row(), resident.row());
                    out.flush();
                }
            }
        }
        return others == 0 ? 0 : 1;
    }

    /** Resident memory of a server, as it is and once a second from now on. */
    private static final class Resident implements AutoCloseable {
        private final List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        private final ServerProcess server;
        private final Thread thread;

        Resident(ServerProcess server) {
            this.server = server;
            seen.add(server.memory());
            thread = Thread.ofVirtual().start(this::watch);
        }

        private void watch() {
            try {
                while (true) {
                    Thread.sleep(1000);
                    seen.add(server.memory());
                }
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
            }
        }

        /** At first, at most in the first and in the second half, and now. */
        String row() {
            long now = server.memory();
            List<Long> all = List.copyOf(seen);
            int half = (all.size() + 1) / 2;
            return String.format(
                    Locale.ROOT,
                    "%9d %9d %9d %9d",
                    all.getFirst(),
                    Collections.max(all.subList(0, half)),
                    all.subList(half, all.size()).stream().reduce(now, Math::max),
                    now);
        }

        @Override
        public void close() {
            thread.interrupt();
        }
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

    private void hold(ServedUNet unet, PrintWriter out) throws IOException, InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        try (Device device = Device.cpu(threads);
                ModelServer server = ModelServer.start(
                        logged(out), (name, version) -> unet.serve(Model.of(() -> unet.build(device)), device))) {
            server.models().load("unet", "1", 100);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                server.close();
                ended.countDown();
            }));
            out.println(server.uri());
            out.flush();
            ended.await();
        } catch (HttpError e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
