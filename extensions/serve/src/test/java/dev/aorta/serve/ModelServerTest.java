package dev.aorta.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Device;
import dev.aorta.io.Json;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Model;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In this process, on loopback. The model adds up three numbers, times its version. */
@SuppressWarnings("NullAway") // a server and a client are made before each test
class ModelServerTest {
    static {
        System.setProperty("sun.net.httpserver.maxReqTime", "1"); // the shortest, for slow clients
    }

    private static final String INFER = "/v2/models/sum/infer";
    private static final String ONE = body("[1,3]", "[1, 2, 3]");
    private static final Device DEVICE = Device.cpu(1);

    private final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile CountDownLatch slow = new CountDownLatch(0);
    private final AtomicInteger running = new AtomicInteger();
    private ModelServer server;
    private Client client;

    private static String body(String shape, String data) {
        return "{\"id\": \"7\", \"inputs\": [{\"name\": \"x\", \"datatype\": \"FP32\", \"shape\": " + shape
                + ", \"data\": " + data + "}]}";
    }

    private ServedModel load(String name, String version, Batching batching) {
        if (!name.equals("sum") || !version.matches("[123]")) {
            return null;
        }
        return new ServedModel(
                Model.of(() -> network(Integer.parseInt(version))),
                DEVICE,
                new ServedModel.Port("x", -1, 3),
                new ServedModel.Port("y", -1, 1),
                batching);
    }

    private Layer network(int factor) {
        Layers net = new Layers(DEVICE, 1);
        Layer sum = net.linear(3, 1);
        sum.parameters().getFirst().fill(factor);
        sum.parameters().getLast().fill(0);
        return net.sequential(
                net.function(x -> {
                    running.incrementAndGet();
                    try {
                        gate.await();
                        if (factor == 2) {
                            slow.await();
                        }
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                    return x;
                }),
                sum);
    }

    private void start(ServerOptions options, Batching batching) throws Exception {
        stop();
        server = ModelServer.start(options, new Models.Loader() {
            @Override
            public ServedModel load(String name, String version) {
                return ModelServerTest.this.load(name, version, batching);
            }

            @Override
            public String version(String name, String alias) {
                return alias.equals("next") ? "2" : null;
            }
        });
        server.models().load("sum", "1", 100);
        client = new Client(server.uri());
    }

    private ServerOptions options(Tokens tokens, SSLContext tls, long mostBody) {
        return new ServerOptions(
                new InetSocketAddress("127.0.0.1", 0),
                mostBody,
                1 << 20,
                Duration.ofSeconds(10),
                tokens,
                tls,
                log::add);
    }

    @BeforeEach
    void start() throws Exception {
        start(options(null, null, 1 << 16), Batching.DEFAULT);
    }

    @AfterEach
    void stop() {
        gate.countDown();
        slow.countDown();
        if (server != null) {
            server.close();
            client.close();
        }
    }

    private static double first(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Json.parse(answer.body())
                .get("outputs")
                .asList()
                .getFirst()
                .get("data")
                .asDoubles()[0];
    }

    @Test
    void speaksTheOpenInferenceProtocol() throws Exception {
        assertThat(client.get("/v2/health/live").statusCode()).isEqualTo(200);
        assertThat(client.get("/v2/health/ready").statusCode()).isEqualTo(200);
        assertThat(client.get("/v2/models/sum/ready").statusCode()).isEqualTo(200);
        assertThat(client.get("/v2/models/sum/versions/2/ready").statusCode()).isEqualTo(404);
        assertThat(client.get("/v2").body()).contains("\"binary_tensor_data\"");
        assertThat(client.get("/v2/models/sum").body())
                .isEqualTo("{\"name\":\"sum\",\"versions\":[\"1\"],\"platform\":\"aorta\","
                        + "\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[-1,3]}],"
                        + "\"outputs\":[{\"name\":\"y\",\"datatype\":\"FP32\",\"shape\":[-1,1]}]}");
        assertThat(client.post(INFER, ONE).body())
                .isEqualTo("{\"model_name\":\"sum\",\"model_version\":\"1\",\"id\":\"7\","
                        + "\"outputs\":[{\"name\":\"y\",\"shape\":[1,1],\"datatype\":\"FP32\",\"data\":[6.0]}]}");
        assertThat(client.post("/v2/models/sum/versions/1/infer", body("[2,3]", "[[1, 2, 3], [4, 5, 6]]"))
                        .body())
                .contains("\"data\":[6.0,15.0]");
        assertThat(client.get(INFER).headers().firstValue("Allow")).contains("POST");
        for (int i = 0; i < 1000 && log.size() < 9; i++) {
            Thread.sleep(5); // a line is written when its answer has gone
        }
        assertThat(log)
                .hasSize(9)
                .allSatisfy(line -> assertThat(Json.parse(line).asObject().sequencedKeySet())
                        .containsExactly("time", "method", "route", "status", "bytes", "ms"));
        assertThat(client.get("/metrics").body())
                .contains("aorta_requests_total{route=\"/v2/models/{model}/infer\",code=\"200\"} 1\n")
                .contains("aorta_samples_total{model=\"sum\",version=\"1\"} 3\n");
    }

    @Test
    void numbersMayFollowTheJson() throws Exception {
        byte[] json = ("{\"inputs\": [{\"name\": \"x\", \"datatype\": \"FP32\", \"shape\": [1, 3], \"parameters\":"
                        + " {\"binary_data_size\": 12}}], \"outputs\": [{\"name\": \"y\", \"parameters\": {\"binary_data\": true}}]}")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = ByteBuffer.allocate(json.length + 12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(json);
        body.putFloat(1).putFloat(2).putFloat(4.5f);
        HttpResponse<byte[]> answer = client.post(INFER, body.array(), InferMessage.HEADER_LENGTH, "" + json.length);
        int length = Integer.parseInt(
                answer.headers().firstValue(InferMessage.HEADER_LENGTH).orElseThrow());
        assertThat(new String(answer.body(), 0, length, StandardCharsets.UTF_8)).contains("\"binary_data_size\":4");
        assertThat(ByteBuffer.wrap(answer.body(), length, 4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getFloat())
                .isEqualTo(7.5f);
        byte[] cut = client.post(
                        INFER,
                        body.slice(0, json.length + 8).array(),
                        InferMessage.HEADER_LENGTH,
                        "" + (json.length + 8))
                .body();
        assertThat(new String(cut, StandardCharsets.UTF_8)).contains("error");
    }

    @Test
    void whatIsNoRequestIsRefusedAndNothingBreaks() throws Exception {
        long seed = 4711;
        Random random = new Random(seed);
        for (int i = 0; i < 400; i++) {
            byte[] bytes = ONE.getBytes(StandardCharsets.UTF_8);
            for (int k = random.nextInt(4); k >= 0; k--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            byte[] body = Arrays.copyOf(bytes, random.nextInt(3) == 0 ? random.nextInt(bytes.length) : bytes.length);
            String header = random.nextInt(4) == 0 ? "" + random.nextInt(-5, 200) : "" + body.length;
            int status =
                    client.post(INFER, body, InferMessage.HEADER_LENGTH, header).statusCode();
            assertThat(status)
                    .as("seed %d, body %d: %s", seed, i, new String(body, StandardCharsets.UTF_8))
                    .isIn(200, 400);
        }
        Map.of(
                        body("[1,4]", "[1, 2, 3, 4]"),
                        "the model takes x [-1, 3], not [1, 4]",
                        body("[1,3]", "[1, 2]"),
                        "the shape [1, 3] wants 3 numbers, there are 2",
                        body("[1,0]", "[]"),
                        "is not one of 1 to 2^31 elements",
                        body("[100000,100000]", "[]"),
                        "is not one of 1 to 2^31 elements",
                        ONE.replace("FP32", "BYTES"),
                        "the datatype of x is FP32",
                        "{}",
                        "inputs")
                .forEach((body, message) -> {
                    try {
                        HttpResponse<String> answer = client.post(INFER, body);
                        assertThat(answer.statusCode()).isEqualTo(400);
                        assertThat(answer.body()).contains(message);
                    } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
        assertThat(client.raw("NONSENSE\r\n\r\n")).contains("400");
        assertThat(client.get("/v2/models/..%2f..%2fetc").statusCode()).isEqualTo(404);
        assertThat(client.post("/v2/repository/models/sum/load", "{\"parameters\": {\"version\": \"../1\"}}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(first(client.post(INFER, ONE))).isEqualTo(6);
    }

    @Test
    void sizesAreCheckedBeforeMemoryIsTaken() throws Exception {
        String head = "POST " + INFER + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: ";
        assertThat(client.raw(head + "99999999999\r\nConnection: close\r\n\r\n"))
                .contains("413");
        assertThat(client.raw(head + "65537\r\nConnection: close\r\n\r\n")).contains("65536 are taken");
        assertThat(client.raw("POST " + INFER
                        + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                        + "10001\r\n" + "x".repeat(0x10001) + "\r\n0\r\n\r\n"))
                .contains("413");
        int status = 0;
        // on a busy machine some are cut off as slow before all are there
        for (int attempt = 0; attempt < 5 && status != 429; attempt++) {
            status = statusBesideHalves(head + "65536\r\n\r\n{");
        }
        assertThat(status).isEqualTo(429);
    }

    /** Asks while there are sixteen bodies of 64 KiB, which are all the memory there is for them. */
    private int statusBesideHalves(String half) throws Exception {
        List<Socket> halves = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                halves.add(client.socket(half));
            }
            int status = 0;
            for (int i = 0; i < 20 && status != 429; i++) {
                Thread.sleep(5);
                status = client.post(INFER, ONE).statusCode();
            }
            return status;
        } finally {
            for (Socket socket : halves) {
                socket.close();
            }
        }
    }

    @Test
    void slowClientsAreCutOffAndDisturbNobody() throws Exception {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            slow.add(client.socket(
                    i % 2 == 0
                            ? "GET /v2 HTTP/1.1\r\nHost: loc"
                            : "POST " + INFER + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{"));
        }
        assertThat(first(client.post(INFER, ONE))).isEqualTo(6);
        long begin = System.nanoTime();
        for (Socket socket : slow) {
            try (socket) {
                while (socket.getInputStream().read() >= 0) { // an answer may come before the end
                }
            } catch (SocketException reset) {
                assertThat(reset).hasMessageContaining("reset");
            }
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    }

    /** A client that asks again over a connection which is closed meanwhile hears nothing, not even that the server is busy. */
    @Test
    void connectionsOfManyClientsStayOpenBetweenTheirRequests() throws Exception {
        List<Socket> clients = new ArrayList<>();
        try {
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 300; i++) {
                    if (round == 0) {
                        clients.add(client.socket(""));
                    }
                    Socket socket = clients.get(i);
                    socket.getOutputStream()
                            .write("HEAD /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    byte[] answer = new byte[4096];
                    assertThat(socket.getInputStream().read(answer))
                            .as("request %d of client %d", round, i)
                            .isPositive();
                    assertThat(new String(answer, StandardCharsets.US_ASCII)).contains(" 405 ");
                }
            }
        } finally {
            for (Socket socket : clients) {
                socket.close();
            }
        }
    }

    private List<Future<HttpResponse<String>>> ask(ExecutorService callers, int count, String body) {
        Callable<HttpResponse<String>> call = () -> client.post(INFER, body);
        return Collections.nCopies(count, call).stream().map(callers::submit).toList();
    }

    @Test
    void whatComesTogetherRunsTogether() throws Exception {
        start(options(null, null, 1 << 16), new Batching(16, Duration.ofMillis(200), 64));
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<HttpResponse<String>> answer : ask(callers, 32, ONE)) {
                assertThat(first(answer.get())).isEqualTo(6);
            }
        }
        assertThat(running.get()).as("batches of 32 requests").isBetween(2, 8);
    }

    @Test
    void whatTheQueueCannotHoldIsToldToComeAgain() throws Exception {
        start(options(null, null, 1 << 16), new Batching(1, Duration.ZERO, 2));
        gate = new CountDownLatch(1);
        int busy = 0;
        int done = 0;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<HttpResponse<String>>> answers = new ArrayList<>(ask(callers, 1, ONE));
            while (running.get() == 0) {
                Thread.onSpinWait();
            }
            answers.addAll(ask(callers, 9, ONE));
            while (log.size() < 7) {
                Thread.onSpinWait();
            }
            assertThat(client.post(INFER, "x".repeat(1 << 16)).statusCode())
                    .as("it is not read as a message")
                    .isEqualTo(429);
            gate.countDown();
            for (Future<HttpResponse<String>> answer : answers) {
                boolean refused = answer.get().statusCode() == 429;
                busy += refused ? 1 : 0;
                done += refused ? 0 : 1;
                assertThat(answer.get().headers().firstValue("Retry-After").isPresent())
                        .isEqualTo(refused);
            }
        }
        assertThat(busy).isEqualTo(7);
        assertThat(done).as("one that ran and two that waited").isEqualTo(3);
    }

    /** Every success that the server logged arrived. */
    @Test
    void nothingThatWasAcceptedIsLostWhenItEnds() throws Exception {
        AtomicInteger successes = new AtomicInteger();
        Callable<Void> caller = () -> {
            try {
                for (int status = 0; status != 503; ) {
                    status = client.post(INFER, ONE).statusCode();
                    assertThat(status).isIn(200, 429, 503);
                    successes.addAndGet(status == 200 ? 1 : 0);
                }
            } catch (IOException closed) {
                assertThat(closed).isNotInstanceOf(HttpTimeoutException.class);
            }
            return null;
        };
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Void>> answers = Collections.nCopies(32, caller).stream()
                    .map(callers::submit)
                    .toList();
            while (successes.get() < 200) {
                Thread.sleep(5);
            }
            server.close();
            for (Future<Void> answer : answers) {
                answer.get();
            }
        }
        assertThat(log.stream().filter(line -> line.contains("\"status\":200")).count())
                .isEqualTo(successes.get());
        assertThatThrownBy(() -> client.get("/v2")).isInstanceOf(IOException.class);
    }

    @Test
    void versionsGetTheirShareAndGoBack() throws Exception {
        String load = "/v2/repository/models/sum/load";
        assertThat(client.post(load, "{\"parameters\": {\"version\": \"2\", \"percent\": 25}}")
                        .statusCode())
                .isEqualTo(200);
        int second = 0;
        for (int i = 0; i < 100; i++) {
            second += first(client.post(INFER, ONE)) == 12 ? 1 : 0;
        }
        assertThat(second).isEqualTo(25);
        assertThat(client.post("/v2/repository/index", "").body())
                .contains("\"version\":\"2\",\"state\":\"READY\",\"share_percent\":25");
        assertThat(client.post("/v2/repository/models/sum/rollback", "").body()).contains("\"1\"");
        assertThat(client.get("/v2/models/sum/versions/2/ready").statusCode()).isEqualTo(404);
        assertThat(client.post(load, "{\"parameters\": {\"version\": \"2\"}}").statusCode())
                .isEqualTo(200);
        assertThat(first(client.post(INFER, ONE))).isEqualTo(12);
        assertThat(first(client.post("/v2/models/sum/versions/1/infer", ONE))).isEqualTo(6);
        server.models().load("sum", "3", 100);
        assertThat(client.get("/v2/models/sum/versions/1/ready").statusCode())
                .as("two back")
                .isEqualTo(404);
        assertThat(server.models().rollback("sum")).isEqualTo("2");
        assertThat(first(client.post(INFER, ONE))).isEqualTo(12);
        assertThat(client.post("/v2/repository/models/sum/rollback", "").statusCode())
                .isEqualTo(409);
        assertThat(client.post(load, "{\"parameters\": {\"version\": \"9\"}}").statusCode())
                .isEqualTo(404);
        assertThat(client.post(load, "[]").statusCode()).isEqualTo(400);
        assertThat(client.post("/v2/repository/models/sum/unload", "").statusCode())
                .isEqualTo(200);
        assertThat(client.post(INFER, ONE).statusCode()).isEqualTo(404);
        assertThat(client.get("/v2/health/ready").statusCode()).isEqualTo(503);
        assertThatThrownBy(() -> server.models().load("sum", "1", 10)).hasMessageContaining("gets all requests");
    }

    /** The shadow is slow and wrong: nobody gets its answers, nobody waits for it, and it is counted. */
    @Test
    void aShadowIsComparedAndNeverGiven() throws Exception {
        String load = "/v2/repository/models/sum/load";
        assertThat(client.post(load, "{\"parameters\": {\"alias\": \"next\", \"shadow\": true}}")
                        .body())
                .contains("\"version\":\"2\",\"state\":\"READY\",\"share_percent\":0,\"shadow\":true");
        assertThat(first(client.post(INFER, ONE))).isEqualTo(6);
        while (!client.get("/metrics").body().contains("aorta_shadow_pixels_total{model=\"sum\",version=\"2\"} 1\n")) {
            Thread.sleep(5);
        }
        assertThat(first(client.post(INFER, body("[1,3]", "[-1, -2, -3]")))).isEqualTo(-6);
        slow = new CountDownLatch(1);
        for (int i = 0; i < 20; i++) {
            assertThat(first(client.post(INFER, ONE))).isEqualTo(6);
        }
        slow.countDown();
        String metrics = client.get("/metrics").body();
        assertThat(metrics)
                .contains("aorta_shadow_requests_total{model=\"sum\",version=\"2\"} 22\n")
                .contains("aorta_shadow_disagreements_total{model=\"sum\",version=\"2\"} 0\n")
                .contains("aorta_shadow_mean_absolute_difference{model=\"sum\",version=\"2\"} 6\n")
                .contains("aorta_shadow_failed_total{model=\"sum\",version=\"2\"} 0\n")
                .containsPattern("aorta_shadow_dropped_total\\{model=\"sum\",version=\"2\"} 1[4-6]\n");
        assertThat(client.post("/v2/repository/models/sum/rollback", "").body()).contains("\"1\"");
        assertThat(client.get("/v2/models/sum/versions/2/ready").statusCode()).isEqualTo(404);
        assertThat(client.get("/metrics").body()).doesNotContain("shadow_mean_absolute_difference{");
        assertThatThrownBy(() -> server.models().shadow("sum", "1")).hasMessageContaining("is the current one");
        for (String wrong : List.of(
                "{\"alias\": \"next\", \"version\": \"2\"}",
                "{}",
                "{\"version\": \"2\", \"shadow\": true, \"percent\": 3}")) {
            assertThat(client.post(load, "{\"parameters\": " + wrong + "}").statusCode())
                    .isEqualTo(400);
        }
        assertThat(client.post(load, "{\"parameters\": {\"alias\": \"none\"}}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void aUseThatIsRefusedComputesNothing() throws Exception {
        List<String> uses = new ArrayList<>();
        server.onUse((caller, model, inputs) -> {
            uses.add(caller + " " + inputs.getFirst().length);
            if (uses.size() == 2) {
                throw new IOException("the disk is full");
            }
        });
        assertThat(client.post(INFER, ONE).statusCode()).isEqualTo(200);
        assertThat(client.post(INFER, ONE).body())
                .contains("cannot be written down")
                .doesNotContain("disk");
        assertThat(client.post(INFER, "{").statusCode()).isEqualTo(400);
        assertThat(uses).containsExactly("local " + ONE.length(), "local " + ONE.length());
        assertThat(running.get()).isEqualTo(1);
    }

    /** Against seeded forms: what went in comes out, and damage is the caller's error. */
    @Test
    void formsAreTakenApart() throws Exception {
        long seed = 7;
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            List<byte[]> contents = new ArrayList<>();
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (int k = random.nextInt(4); k >= 0; k--) {
                byte[] content = new byte[random.nextInt(60)];
                for (int b = 0; b < content.length; b++) {
                    content[b] = (byte) "\r\n--b".charAt(random.nextInt(5));
                }
                contents.add(content);
                body.writeBytes("--b0\r\nContent-Disposition: form-data; name=\"f\"; filename=\"ä;x\"\r\n\r\n"
                        .getBytes(StandardCharsets.UTF_8));
                body.writeBytes(content);
                body.writeBytes("\r\n".getBytes(StandardCharsets.UTF_8));
            }
            body.writeBytes("--b0--\r\n".getBytes(StandardCharsets.UTF_8));
            List<Multipart.Part> parts = Multipart.parse("multipart/form-data; boundary=\"b0\"", body.toByteArray());
            assertThat(parts).as("seed %d, form %d", seed, i).hasSameSizeAs(contents);
            for (int k = 0; k < parts.size(); k++) {
                assertThat(parts.get(k).content()).isEqualTo(contents.get(k));
                assertThat(parts.get(k).field() + " " + parts.get(k).fileName()).isEqualTo("f ä;x");
            }
            byte[] cut = Arrays.copyOf(body.toByteArray(), random.nextInt(body.size() - 4));
            assertThatThrownBy(() -> Multipart.parse("multipart/form-data; boundary=b0", cut))
                    .isInstanceOfSatisfying(
                            HttpError.class, e -> assertThat(e.status()).isEqualTo(400));
        }
        assertThatThrownBy(() -> Multipart.parse("multipart/form-data", new byte[9]))
                .hasMessageContaining("boundary");
    }

    @Test
    void tokensHaveRoles(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("tokens");
        Files.writeString(file, "# who\ninfer 0123456789abcdef\nadmin fedcba9876543210\n");
        start(options(Tokens.read(file), null, 1 << 16), Batching.DEFAULT);
        String infer = "Bearer 0123456789abcdef";
        assertThat(client.get("/v2/health/live").statusCode()).isEqualTo(200);
        assertThat(client.post(INFER, ONE).statusCode()).isEqualTo(401);
        assertThat(client.post(INFER, ONE, "Authorization", "Bearer 0123456789abcdeg")
                        .statusCode())
                .isEqualTo(401);
        assertThat(client.post(INFER, ONE, "Authorization", infer).statusCode()).isEqualTo(200);
        assertThat(client.post("/v2/repository/models/sum/unload", "", "Authorization", infer)
                        .body())
                .contains("the token's role is infer, and this wants admin");
        List<String> callers = new ArrayList<>();
        server.onUse((caller, model, inputs) -> callers.add(caller));
        assertThat(client.post(INFER, ONE, "Authorization", infer).statusCode()).isEqualTo(200);
        assertThat(callers).as("of echo -n 0123456789abcdef | sha256sum").containsExactly("infer 9f9f5111");
        assertThat(client.post("/v2/repository/models/sum/unload", "", "Authorization", "Bearer fedcba9876543210")
                        .statusCode())
                .isEqualTo(200);
        Files.writeString(file, "infer short");
        assertThatThrownBy(() -> Tokens.read(file))
                .hasMessageContaining("line 1: [tokens] a token of 5 characters can be guessed");
        assertThatThrownBy(() -> new ServerOptions(
                        new InetSocketAddress("0.0.0.0", 0), 1, 1, Duration.ZERO, null, null, log::add))
                .hasMessageContaining("can be reached from other machines");
    }

    @Test
    void pagesOfOthersMayNotAsk() throws Exception {
        assertThat(client.post(INFER, ONE, "Origin", "http://evil.example").statusCode())
                .isEqualTo(403);
        assertThat(client.post(INFER, ONE, "Origin", server.uri().toString()).statusCode())
                .isEqualTo(200);
        assertThat(client.raw("GET /v2 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
                .contains("403");
    }

    @Test
    void speaksTlsWithAKeyStore(@TempDir Path folder) throws Exception {
        Path store = folder.resolve("keys.p12");
        char[] password = "changeit".toCharArray();
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "server",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-keystore",
                        store.toString(),
                        "-storepass",
                        "changeit")
                .redirectErrorStream(true)
                .start();
        assertThat(new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .doesNotContain("error");
        assertThat(keytool.waitFor()).isZero();
        start(options(null, ServerOptions.tls(store, password), 1 << 16), Batching.DEFAULT);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(KeyStore.getInstance(store.toFile(), password));
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(null, trust.getTrustManagers(), null);
        client =
                new Client(server.uri(), HttpClient.newBuilder().sslContext(tls).build());
        assertThat(first(client.post(INFER, ONE))).isEqualTo(6);
        assertThatThrownBy(() -> ServerOptions.tls(store, "wrong".toCharArray()))
                .isInstanceOf(IOException.class);
    }
}
