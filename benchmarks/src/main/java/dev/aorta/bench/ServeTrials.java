package dev.aorta.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** What a server in a process of its own must bear: malformed bodies, slow clients, and its end in full load. */
final class ServeTrials {
    private static final int MALFORMED = 10_000;
    private static final int SLOW = 1000;
    private static final int CALLERS = 16;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final ServedUNet unet;
    private final long seed;
    private final PrintWriter out;
    private final AtomicInteger logged = new AtomicInteger();
    private boolean passed = true;

    ServeTrials(ServedUNet unet, long seed, PrintWriter out) {
        this.unet = unet;
        this.seed = seed;
        this.out = out;
    }

    /** Whether all was borne. */
    boolean run() throws IOException, InterruptedException, ExecutionException {
        try (ServerProcess server = new ServerProcess(unet, Runtime.getRuntime().availableProcessors(), this::count);
                HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest right = unet.request(server.address(), "unet");
            Clients.ask(http, right, 8, 5);
            malformed(http, server);
            slow(http, server);
            terminate(http, right, server);
            return passed;
        }
    }

    private void count(String line) {
        if (line.contains("\"status\":200")) {
            logged.incrementAndGet();
        }
    }

    private void verdict(boolean good, String text, Object... values) {
        passed &= good;
        out.printf(Locale.ROOT, (good ? "passed  " : "FAILED  ") + text + "%n", values);
        out.flush();
    }

    private void malformed(HttpClient http, ServerProcess server) throws InterruptedException, ExecutionException {
        URI address = server.address();
        HttpRequest right = unet.request(address, "unet");
        long before = server.memory();
        Map<Integer, Integer> statuses = new TreeMap<>();
        AtomicInteger next = new AtomicInteger();
        Callable<Void> caller = () -> {
            for (int i = next.getAndIncrement(); i < MALFORMED; i = next.getAndIncrement()) {
                int status = http.send(malformed(address, new Random(seed + i)), HttpResponse.BodyHandlers.discarding())
                        .statusCode();
                synchronized (statuses) {
                    statuses.merge(status, 1, Integer::sum);
                }
            }
            return null;
        };
        all(CALLERS, caller);
        Clients after = Clients.ask(http, right, 1, 3);
        verdict(
                statuses.keySet().stream().allMatch(s -> s < 500) && after.other() == 0 && after.throughput() > 0,
                "%,d malformed bodies, seed %d: answered with %s, then %.0f right answers/s; memory %d -> %d MiB",
                MALFORMED,
                seed,
                statuses,
                after.throughput(),
                before,
                server.memory());
    }

    /** A right request that is damaged in a few bytes, or of another length than it says. */
    private HttpRequest malformed(URI address, Random random) {
        byte[] head = unet.head().getBytes(StandardCharsets.UTF_8);
        int bytes = unet.bytes();
        switch (random.nextInt(4)) {
            case 0 -> head = Arrays.copyOf(head, random.nextInt(head.length));
            case 1 -> bytes = random.nextInt(2 * bytes);
            case 2 -> random.nextBytes(head);
            default -> {
                for (int k = 0; k < 4; k++) {
                    head[random.nextInt(head.length)] = (byte) random.nextInt(128);
                }
            }
        }
        return unet.request(address, "unet", head, bytes);
    }

    /** Clients that send half a request and then a byte at times. */
    private void slow(HttpClient http, ServerProcess server) throws InterruptedException, ExecutionException {
        URI address = server.address();
        long before = server.memory();
        AtomicInteger open = new AtomicInteger();
        AtomicInteger cut = new AtomicInteger();
        AtomicInteger number = new AtomicInteger();
        long begin = System.nanoTime();
        Callable<Void> client = () -> {
            boolean header = number.getAndIncrement() % 2 == 0;
            try (Socket socket = new Socket(address.getHost(), address.getPort())) {
                open.incrementAndGet();
                socket.setSoTimeout(2000);
                socket.getOutputStream()
                        .write((header
                                        ? "GET /v2 HTTP/1.1\r\nHost: loc"
                                        : "POST /v2/models/unet/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{")
                                .getBytes(StandardCharsets.UTF_8));
                while (System.nanoTime() - begin < LIMIT.toNanos()) {
                    try {
                        if (socket.getInputStream().read() < 0) {
                            cut.incrementAndGet();
                            return null;
                        }
                    } catch (SocketTimeoutException quiet) {
                        socket.getOutputStream().write('x');
                    }
                }
            } catch (SocketException reset) {
                cut.incrementAndGet();
            }
            return null;
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> clients = Collections.nCopies(SLOW, client).stream()
                    .map(threads::submit)
                    .toList();
            while (open.get() + cut.get() < SLOW) {
                Thread.sleep(10);
            }
            Clients beside = Clients.ask(http, unet.request(address, "unet"), 4, 10);
            for (Future<Void> slow : clients) {
                slow.get();
            }
            double took = (System.nanoTime() - begin) / 1e9;
            verdict(
                    open.get() == SLOW && cut.get() == SLOW && beside.other() == 0 && beside.throughput() > 0,
                    "%,d slow clients: %,d got in, %,d were cut off, all after %.0f s; beside them %.0f answers/s, p99 %.0f"
                            + " ms; memory %d -> %d MiB",
                    SLOW,
                    open.get(),
                    cut.get(),
                    took,
                    beside.throughput(),
                    beside.percentile(0.99),
                    before,
                    server.memory());
        }
    }

    /** Every answer with 200 that the server has logged must have arrived. */
    private void terminate(HttpClient http, HttpRequest right, ServerProcess server)
            throws InterruptedException, ExecutionException {
        int before = settled();
        AtomicInteger arrived = new AtomicInteger();
        AtomicInteger strange = new AtomicInteger();
        long[] told = new long[1];
        Callable<Void> caller = () -> {
            try {
                for (int status = 0; status != 503; ) {
                    status = http.send(right, HttpResponse.BodyHandlers.ofByteArray())
                            .statusCode();
                    arrived.addAndGet(status == 200 ? 1 : 0);
                    strange.addAndGet(status == 200 || status == 429 || status == 503 ? 0 : 1);
                }
            } catch (IOException closed) {
                strange.addAndGet(told[0] == 0 ? 1 : 0); // before it was told to end
            }
            return null;
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> callers = Collections.nCopies(4 * CALLERS, caller).stream()
                    .map(threads::submit)
                    .toList();
            Thread.sleep(5000);
            told[0] = System.nanoTime();
            server.process().toHandle().destroy(); // Process.destroy would close what it says, too
            for (Future<Void> future : callers) {
                future.get();
            }
        }
        boolean ended = server.process().waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
        server.join();
        int answered = logged.get() - before;
        verdict(
                ended && answered == arrived.get() && strange.get() == 0,
                "SIGTERM under %d clients: %,d answers with 200 were logged and %,d arrived, %d other; it ended after %.1f s"
                        + " with code %d",
                4 * CALLERS,
                answered,
                arrived.get(),
                strange.get(),
                (System.nanoTime() - told[0]) / 1e9,
                ended ? server.process().exitValue() : -1);
    }

    /** Answers that were logged, once no more come. */
    private int settled() throws InterruptedException {
        int seen = -1;
        while (seen != logged.get()) {
            seen = logged.get();
            Thread.sleep(500);
        }
        return seen;
    }

    private static void all(int count, Callable<Void> caller) throws InterruptedException, ExecutionException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Void> future : threads.invokeAll(Collections.nCopies(count, caller))) {
                future.get();
            }
        }
    }
}
