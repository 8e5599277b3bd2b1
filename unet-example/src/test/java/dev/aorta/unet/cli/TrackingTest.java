package dev.aorta.unet.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.aorta.io.Json;
import dev.aorta.unet.imaging.Sha256;
import dev.aorta.unet.registry.Registry;
import dev.aorta.unet.track.Tracking;
import dev.aorta.unet.train.RunFolder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An MLflow server on this machine, as it should be and in ten other ways. */
class TrackingTest {
    @TempDir
    Path folder;

    private HttpServer server;
    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile Failure failure = exchange -> false;
    private volatile String there = "{}";

    /** Answers in another way than MLflow, or not. */
    private interface Failure {
        boolean answers(HttpExchange exchange) throws IOException;
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        over.countDown();
        server.stop(0);
    }

    private String url() {
        return "http://localhost:" + server.getAddress().getPort();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().toString();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1);
        if (failure.answers(exchange)) {
            return;
        }
        calls.add(exchange.getRequestMethod() + " " + path + " " + body);
        String call = path.replaceFirst("/api/2.0/mlflow/", "").replaceFirst("\\?.*", "");
        switch (call) {
            case "experiments/get-by-name" -> reply(exchange, 404, "{\"error_code\": \"RESOURCE_DOES_NOT_EXIST\"}");
            case "experiments/create" -> reply(exchange, 200, "{\"experiment_id\": \"7\"}");
            case "registered-models/create" ->
                reply(exchange, 400, "{\"error_code\": \"RESOURCE_ALREADY_EXISTS\", \"message\": \"there\"}");
            case "model-versions/search" -> reply(exchange, 200, there);
            case "model-versions/create" ->
                reply(exchange, 200, "{\"model_version\": {\"name\": \"lv\", \"version\": \"4\"}}");
            case "runs/create" -> reply(exchange, 200, "{\"run\": {\"info\": {\"run_id\": \"abc\"}}}");
            default -> reply(exchange, 200, "{}");
        }
    }

    private static void reply(HttpExchange exchange, int code, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(code, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private Unet.Result train(String to) {
        return Unet.train(Trained.once().data, folder.resolve("run"), "--epochs", 2, "--track", to);
    }

    @Test
    void aTrainingIsToldInMlflowsWords() throws IOException {
        Unet.Result r = train(url());
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.err()).doesNotContain("tracking");
        if (calls.size() < 10) { // the training does not wait long for a machine that is busy
            Unet.run("track", "sync", folder.resolve("run"));
        }
        assertThat(calls.stream().map(c -> c.split(" ")[1].replaceFirst("/api/2.0/(mlflow/)?", "")))
                .startsWith("experiments/get-by-name?experiment_name=aorta", "experiments/create", "runs/create")
                .containsSubsequence(
                        "runs/log-batch",
                        "runs/log-batch",
                        "runs/log-batch",
                        "mlflow-artifacts/artifacts/7/abc/artifacts/config.json",
                        "mlflow-artifacts/artifacts/7/abc/artifacts/metrics.csv",
                        "mlflow-artifacts/artifacts/7/abc/artifacts/model.safetensors",
                        "runs/update");
        assertThat(body(calls.get(1))).isEqualTo(Json.parse("{\"name\": \"aorta\"}"));
        assertThat(body(calls.get(2)).asObject())
                .containsOnlyKeys("experiment_id", "run_name", "start_time", "tags")
                .containsEntry("experiment_id", Json.of("7"))
                .containsEntry("run_name", Json.of("run"));
        List<Json> params = body(calls.get(3)).get("params").asList();
        assertThat(params).hasSizeBetween(20, 100).contains(Json.of(Map.of("key", "model.depth", "value", "2")));
        Json metric = body(calls.get(4)).get("metrics").asList().getLast();
        assertThat(metric.asObject()).containsOnlyKeys("key", "step", "timestamp", "value");
        assertThat(metric.get("step").asInt()).isEqualTo(1);
        assertThat(body(calls.getLast()).get("status").asText()).isEqualTo("FINISHED");
        assertThat(Unet.run("track", "sync", folder.resolve("run")).out()).startsWith("0 lines sent");
        assertThat(Files.readAllBytes(folder.resolve("run/model.safetensors")))
                .as("tracking changes nothing")
                .isEqualTo(Files.readAllBytes(Trained.once().run.resolve("model.safetensors")));
    }

    private static Json body(String call) throws IOException {
        return Json.parse(call.substring(call.indexOf('{')));
    }

    /** The server hangs: the training is as fast as ever, and the rest is sent later. */
    @Test
    void aServerThatHangsDoesNotHoldATrainingUp() throws IOException {
        failure = exchange -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        };
        Unet.Result r = train(url());
        assertThat(r.code()).as(r.err()).isZero();
        assertThat(r.out()).contains("epoch 2/2", "report ");
        Path journal = folder.resolve("run/tracking.jsonl");
        assertThat(Files.readAllLines(journal)).hasSize(1 + 2 + 3 + 1);
        Files.writeString(journal, "{\"kind\":\"epo", java.nio.file.StandardOpenOption.APPEND); // cut off by a kill
        failure = exchange -> false;
        assertThat(Unet.run("track", "sync", folder.resolve("run")).out()).startsWith("7 lines sent");
        assertThat(calls).hasSizeGreaterThanOrEqualTo(10);
    }

    /** Each is one line, what arrived before stays, and the server gets the rest once when it is well. */
    @Test
    void whateverTheServerDoesTheJournalIsSentInTheEnd() throws IOException {
        RunFolder run = RunFolder.at(copyOfAJournal());
        Path registry = registry();
        for (var f : failures().entrySet()) {
            failure = f.getValue();
            assertThatThrownBy(() -> Tracking.sync(run, url(), Duration.ofMillis(300)))
                    .as(f.getKey())
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> ModelServer.sync(registry, url(), Duration.ofMillis(300)))
                    .as(f.getKey())
                    .isInstanceOf(IOException.class);
        }
        assertThat(calls).isEmpty();
        int[] count = {0};
        failure = e -> ++count[0] == 5 && replied(e, 503, "later");
        Unet.Result later = Unet.run("track", "sync", run.folder());
        assertThat(later.code()).isEqualTo(1);
        assertThat(later.err()).isEqualToIgnoringNewLines("unet: " + url() + " answers 503: later");
        assertThat(Tracking.sync(run, null, Tracking.PATIENCE))
                .as("begin and nothing more had arrived")
                .isEqualTo(2);
        assertThat(calls.stream().filter(c -> c.contains("runs/create"))).hasSize(1);
        server.stop(0);
        Unet.Result down = Unet.run("track", "sync", run.folder(), "--track", "http://localhost:1");
        assertThat(down.code()).isEqualTo(1);
        assertThat(Unet.run("track", "sync", run.folder(), "--track", "no url").err())
                .contains("no address of a server");
    }

    private static Map<String, Failure> failures() {
        return Map.of(
                "500", e -> replied(e, 500, "{\"error_code\": \"INTERNAL_ERROR\"}"),
                "429", e -> replied(e, 429, ""),
                "401", e -> replied(e, 401, "who are you?"),
                "404", e -> replied(e, 404, "<html>nothing here</html>"),
                "a page", e -> replied(e, 200, "<html>sign in</html>"),
                "an array", e -> replied(e, 200, "[1, 2]"),
                "another object", e -> replied(e, 200, "{\"experiment_id\": 5, \"run\": null}"),
                "half an answer",
                        e -> {
                            e.sendResponseHeaders(200, 1000);
                            e.getResponseBody().write("{\"exp".getBytes(StandardCharsets.UTF_8));
                            e.getResponseBody().flush();
                            e.close();
                            return true;
                        },
                "no answer",
                        e -> {
                            e.close();
                            return true;
                        });
    }

    private static boolean replied(HttpExchange exchange, int code, String body) throws IOException {
        reply(exchange, code, body);
        return true;
    }

    private Path registry() throws IOException {
        Path registry = folder.resolve("registry");
        Registry kept = Registry.create(registry);
        for (int i = 0; i < 2; i++) {
            kept.register(
                    "lv",
                    Map.of("site", "lab"),
                    Map.of(),
                    (to, version) -> Files.writeString(to.resolve("model.safetensors"), "weights"),
                    null);
            kept.alias("lv", 1 + i, "champion", null);
        }
        return registry;
    }

    /** The bodies are those of MLflow's protocol (model_registry.proto), whose server numbers versions by itself. */
    @Test
    void aRegistryIsToldInMlflowsWords() throws IOException {
        Path registry = registry();
        Unet.Result told = Unet.run("track", "sync", registry, "--track", url());
        assertThat(told.out()).as(told.err()).startsWith("4 lines sent");
        List<String> hashes = new ArrayList<>();
        Registry.open(registry).history(e -> hashes.add(e.hash()));
        String sha256 = Sha256.of("weights".getBytes(StandardCharsets.UTF_8));
        String call = "POST /api/2.0/mlflow/";
        String search = "GET /api/2.0/mlflow/model-versions/search?max_results=1000&filter=name%3D%27lv%27 ";
        assertThat(calls).hasSize(8);
        assertThat(calls.get(0)).isEqualTo(call + "registered-models/create {\"name\":\"lv\"}");
        assertThat(calls.get(1)).isEqualTo(search);
        assertThat(calls.get(2)).startsWith(call + "model-versions/create ");
        assertThat(body(calls.get(2)))
                .isEqualTo(Json.parse(("{'name':'lv','source':'urn:sha256:" + sha256
                                + "','tags':[{'key':'aorta.version','value':'1'},{'key':'aorta.entry','value':'"
                                + hashes.get(0)
                                + "'},{'key':'aorta.sha256','value':'" + sha256 + "'},{'key':'site','value':'lab'}]}")
                        .replace('\'', '"')));
        assertThat(calls.get(3)).startsWith(call + "registered-models/alias ");
        assertThat(body(calls.get(3)))
                .isEqualTo(Json.parse("{\"name\": \"lv\", \"version\": \"4\", \"alias\": \"champion\"}"));
        calls.clear();

        assertThat(Unet.run("models", "--registry", registry, "tag", "lv", 2, "reviewed", "yes")
                        .code())
                .isZero();
        assertThat(Unet.run("models", "--registry", registry, "delete", "lv", 1, "--reason", "old")
                        .code())
                .isZero();
        assertThat(calls.stream().map(c -> c.substring(0, c.indexOf('{'))))
                .containsExactly(call + "model-versions/set-tag ", "DELETE /api/2.0/mlflow/model-versions/delete ");
        assertThat(body(calls.get(0)))
                .isEqualTo(Json.parse(
                        "{\"name\": \"lv\", \"version\": \"4\", \"key\": \"reviewed\", \"value\": \"yes\"}"));
        assertThat(body(calls.get(1))).isEqualTo(Json.parse("{\"name\": \"lv\", \"version\": \"4\"}"));
        assertThat(Unet.run("verify", registry).out()).startsWith("all is as it was left");

        failure = e -> replied(e, 503, "later");
        Unet.Result kept = Unet.run("models", "--registry", registry, "alias", "lv", 2, "next");
        assertThat(kept.code()).isZero();
        assertThat(kept.err()).contains("note: tracking: " + url() + " answers 503", "unet track sync " + registry);
        failure = e -> false;
        assertThat(Unet.run("track", "sync", registry).out()).startsWith("1 lines sent");
        assertThat(Unet.run("track", "sync", registry).out()).startsWith("0 lines sent");

        calls.clear(); // a version that was made, of which nobody heard, is not made again
        there = "{\"model_versions\": [{\"version\": \"9\", \"tags\": [{\"key\": \"aorta.entry\", \"value\": \""
                + hashes.get(0) + "\"}]}]}";
        Files.delete(registry.resolve("tracking.json"));
        assertThat(Unet.run("track", "sync", registry, "--track", url()).out()).startsWith("7 lines sent");
        assertThat(calls.stream().filter(c -> c.contains("model-versions/create")))
                .hasSize(1);
        assertThat(calls).anySatisfy(c -> assertThat(c).contains("DELETE", "\"9\""));
    }

    private Path copyOfAJournal() throws IOException {
        Path run = Files.createDirectories(folder.resolve("copy"));
        Files.copy(Trained.once().run.resolve("config.json"), run.resolve("config.json"));
        Files.writeString(run.resolve("tracking.jsonl"), """
                {"kind":"begin","experiment":"aorta","name":"copy","time":1,"parameters":{"seed":42}}
                {"kind":"epoch","epoch":1,"time":2,"metrics":{"val_dice":0.5}}
                {"kind":"end","status":"FINISHED","time":3}
                """);
        return run;
    }
}
