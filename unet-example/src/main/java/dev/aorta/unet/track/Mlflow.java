package dev.aorta.unet.track;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * An MLflow server, REST API 2.0. Environment variable {@code MLFLOW_TRACKING_TOKEN} is sent as the bearer's token where it is
 * set.
 *
 * @see <a href="https://mlflow.org/docs/latest/rest-api.html">the API</a>
 */
final class Mlflow {
    /** Most parameters or tags of a request. */
    private static final int MOST_NAMES = 100;
    /** Most metrics of a request. */
    private static final int MOST_METRICS = 1000;

    private static final int MOST_VALUE = 500;
    private static final int MOST_ANSWER = 1 << 20;

    private final HttpClient client;
    private final String url;
    private final Duration patience;

    Mlflow(String url, Duration patience) {
        this.url = url.replaceAll("/+$", "");
        this.patience = patience;
        client = HttpClient.newBuilder()
                .connectTimeout(patience)
                .executor(command -> Thread.ofVirtual().start(command))
                .build();
    }

    /** The id of an experiment, which is made where it is not there. */
    String experiment(String name) throws IOException, InterruptedException {
        String query = "experiments/get-by-name?experiment_name=" + encoded(name);
        Answer found = send(request(query).GET());
        if (found.code == 404) {
            return post("experiments/create", Map.of("name", name))
                    .get("experiment_id")
                    .asText();
        }
        return found.json().get("experiment").get("experiment_id").asText();
    }

    /** Begins a run and gives its id. */
    String run(String experiment, String name, long millis) throws IOException, InterruptedException {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("experiment_id", experiment);
        m.put("run_name", name);
        m.put("start_time", millis);
        m.put("tags", List.of(Map.of("key", "mlflow.source.name", "value", "unet")));
        return post("runs/create", m).get("run").get("info").get("run_id").asText();
    }

    /** Adds parameters, as many to a request as it takes. */
    void parameters(String run, Map<String, Json> values) throws IOException, InterruptedException {
        List<Object> params = new ArrayList<>();
        for (var e : values.entrySet()) {
            String text = e.getValue() instanceof Json.Text t
                    ? t.value()
                    : e.getValue().compact();
            params.add(Map.of("key", e.getKey(), "value", text.substring(0, Math.min(text.length(), MOST_VALUE))));
        }
        batches(run, "params", params, MOST_NAMES);
    }

    /** Adds the metrics of an epoch. */
    void metrics(String run, int epoch, long millis, Map<String, Json> values)
            throws IOException, InterruptedException {
        List<Object> metrics = new ArrayList<>();
        for (var e : values.entrySet()) {
            metrics.add(Map.of("key", e.getKey(), "value", e.getValue(), "timestamp", millis, "step", epoch));
        }
        batches(run, "metrics", metrics, MOST_METRICS);
    }

    private void batches(String run, String kind, List<Object> items, int most)
            throws IOException, InterruptedException {
        for (int from = 0; from < items.size(); from += most) {
            SequencedMap<String, Object> m = new LinkedHashMap<>();
            m.put("run_id", run);
            m.put(kind, items.subList(from, Math.min(from + most, items.size())));
            post("runs/log-batch", m);
        }
    }

    /** Ends a run. */
    void end(String run, String status, long millis) throws IOException, InterruptedException {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("run_id", run);
        m.put("status", status);
        m.put("end_time", millis);
        post("runs/update", m);
    }

    /** Puts a file to those of a run. */
    void artifact(String experiment, String run, Path file) throws IOException, InterruptedException {
        String place =
                "/api/2.0/mlflow-artifacts/artifacts/%s/%s/artifacts/%s".formatted(experiment, run, file.getFileName());
        send(builder(place).PUT(HttpRequest.BodyPublishers.ofFile(file))).json();
    }

    /** Makes a registered model, where it is not there. */
    void model(String name) throws IOException, InterruptedException {
        Answer made = send("POST", "registered-models/create", Map.of("name", name));
        if (!made.isError(400, "RESOURCE_ALREADY_EXISTS")) {
            made.json();
        }
    }

    /** The number that the server gave the version of a model with a tag, or null where it has none. */
    @Nullable
    String versionWith(String model, String tag, String value) throws IOException, InterruptedException {
        String query = "model-versions/search?max_results=1000&filter=" + encoded("name='" + model + "'");
        String page = "";
        do {
            Json found = send(request(query + page).GET()).json();
            Json versions = found.asObject().get("model_versions");
            for (Json version : versions == null ? List.<Json>of() : versions.asList()) {
                Json tags = version.asObject().get("tags");
                for (Json t : tags == null ? List.<Json>of() : tags.asList()) {
                    if (t.get("key").asText().equals(tag)
                            && t.get("value").asText().equals(value)) {
                        return version.get("version").asText();
                    }
                }
            }
            Json next = found.asObject().get("next_page_token");
            page = next == null || next.asText().isEmpty() ? "" : "&page_token=" + encoded(next.asText());
        } while (!page.isEmpty());
        return null;
    }

    /**
     * Makes a version of a registered model and gives its number.
     *
     * @param source where its files are
     * @param run that made it; empty where the server does not know it
     */
    String version(String model, String source, String run, Map<String, String> tags)
            throws IOException, InterruptedException {
        SequencedMap<String, Object> m = new LinkedHashMap<>();
        m.put("name", model);
        m.put("source", source);
        if (!run.isEmpty()) {
            m.put("run_id", run);
        }
        m.put(
                "tags",
                tags.entrySet().stream()
                        .map(t -> Map.of("key", t.getKey(), "value", t.getValue()))
                        .toList());
        return post("model-versions/create", m)
                .get("model_version")
                .get("version")
                .asText();
    }

    /** Has an alias stand for a version. */
    void alias(String model, String version, String alias) throws IOException, InterruptedException {
        post("registered-models/alias", Map.of("name", model, "version", version, "alias", alias));
    }

    /** Gives a version a tag. */
    void tag(String model, String version, String key, String value) throws IOException, InterruptedException {
        post("model-versions/set-tag", Map.of("name", model, "version", version, "key", key, "value", value));
    }

    /** Deletes a version, where it is there. */
    void delete(String model, String version) throws IOException, InterruptedException {
        Answer gone = send("DELETE", "model-versions/delete", Map.of("name", model, "version", version));
        if (!gone.isError(404, "RESOURCE_DOES_NOT_EXIST")) {
            gone.json();
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private Json post(String call, Map<String, ?> body) throws IOException, InterruptedException {
        return send("POST", call, body).json();
    }

    private Answer send(String method, String call, Map<String, ?> body) throws IOException, InterruptedException {
        return send(request(call)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        HttpRequest.BodyPublishers.ofString(Json.of(body).compact())));
    }

    private HttpRequest.Builder request(String call) throws IOException {
        return builder("/api/2.0/mlflow/" + call);
    }

    private HttpRequest.Builder builder(String place) throws IOException {
        try {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(url + place)).timeout(patience);
            String token = System.getenv("MLFLOW_TRACKING_TOKEN");
            return token == null ? request : request.header("Authorization", "Bearer " + token);
        } catch (IllegalArgumentException e) {
            throw new FormatException(url + ": this is no address of a server, such as http://localhost:5000", e);
        }
    }

    private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<InputStream> response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        Watchdog watchdog = new Watchdog(response.body(), patience);
        try (InputStream body = response.body()) {
            return new Answer(url, response.statusCode(), body.readNBytes(MOST_ANSWER));
        } finally {
            watchdog.stop();
        }
    }

    /** Closes a body that does not end: the client's own patience ends with the head of an answer. */
    private static final class Watchdog {
        private final Thread thread;

        Watchdog(InputStream body, Duration patience) {
            thread = Thread.ofVirtual().start(() -> {
                try {
                    Thread.sleep(patience);
                    body.close();
                } catch (InterruptedException | IOException e) {
                    // it ended in time, or is closed
                }
            });
        }

        void stop() {
            thread.interrupt();
        }
    }

    private record Answer(String url, int code, byte[] body) {
        /** Whether it is an error of MLflow's by that name. */
        boolean isError(int status, String name) {
            try {
                return code == status
                        && Json.parse(body).get("error_code").asText().equals(name);
            } catch (FormatException e) {
                return false;
            }
        }

        Json json() throws IOException {
            if (code != 200) {
                String text = new String(body, StandardCharsets.UTF_8);
                throw new IOException(
                        url + " answers " + code + ": " + text.substring(0, Math.min(text.length(), 200)));
            }
            try {
                return body.length == 0 ? Json.of(Map.of()) : Json.parse(body);
            } catch (FormatException e) {
                throw new IOException(url + " answers something that is no JSON: " + e.getMessage(), e);
            }
        }
    }
}
