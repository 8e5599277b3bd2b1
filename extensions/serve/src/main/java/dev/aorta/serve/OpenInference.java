package dev.aorta.serve;

import dev.aorta.io.FormatException;
import dev.aorta.io.Json;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** The routes of the Open Inference Protocol, version 2, with its model repository extension. */
final class OpenInference {
    private static final String MODEL = "/v2/models/{model}";
    private static final String VERSION = MODEL + "/versions/{version}";
    private static final String REPOSITORY = "/v2/repository/models/{model}";

    private final Models models;

    private OpenInference(Models models) {
        this.models = models;
    }

    static void routes(ModelServer server, Models models) {
        OpenInference v2 = new OpenInference(models);
        server.route(
                "GET",
                "/v2",
                Role.INFER,
                r -> Answer.json(ordered(
                        "name", "aorta",
                        "version", version(),
                        "extensions", List.of("binary_tensor_data", "model_repository"))));
        server.route("GET", "/v2/health/live", null, r -> Answer.json(Map.of("live", true)));
        server.route("GET", "/v2/health/ready", null, r -> ready(!models.list().isEmpty()));
        for (String model : List.of(MODEL, VERSION)) {
            server.route("GET", model, Role.INFER, v2::metadata);
            server.route("GET", model + "/ready", Role.INFER, r -> ready(v2.chosen(r) != null));
            server.route("POST", model + "/infer", Role.INFER, v2::infer);
        }
        server.route("POST", "/v2/repository/index", Role.INFER, r -> Answer.json(v2.index()));
        server.route("POST", REPOSITORY + "/load", Role.ADMIN, v2::load);
        server.route(
                "POST",
                REPOSITORY + "/rollback",
                Role.ADMIN,
                r -> Answer.json(Map.of("version", models.rollback(r.at("model")))));
        server.route("POST", REPOSITORY + "/unload", Role.ADMIN, r -> {
            models.unload(r.at("model"));
            return Answer.json(Map.of());
        });
    }

    private static Answer ready(boolean ready) {
        return Answer.json(ready ? 200 : 503, Map.of("ready", ready));
    }

    private static String version() {
        String version = OpenInference.class.getPackage().getImplementationVersion();
        return version == null ? "development build" : version;
    }

    private Models.Chosen chosen(Request request) throws HttpError {
        return models.choose(request.at("model"), request.has("version") ? request.at("version") : null);
    }

    private Answer metadata(Request request) throws HttpError {
        Models.Chosen chosen = chosen(request);
        return Answer.json(ordered(
                "name", request.at("model"),
                "versions",
                        models.list().stream()
                                .filter(m -> m.name().equals(request.at("model")))
                                .map(Models.Listed::version)
                                .toList(),
                "platform", "aorta",
                "inputs", List.of(tensor(chosen.model().input())),
                "outputs", List.of(tensor(chosen.model().output()))));
    }

    private static Map<String, Object> tensor(ServedModel.Port port) {
        return ordered(
                "name", port.name(),
                "datatype", "FP32",
                "shape", Arrays.stream(port.shape()).boxed().toList());
    }

    private Answer infer(Request request) throws HttpError, IOException, InterruptedException {
        Models.Chosen chosen = chosen(request);
        InferMessage message =
                InferMessage.parse(request.body(), request.header(InferMessage.HEADER_LENGTH), chosen.model());
        return message.answer(
                request.at("model"),
                chosen.version(),
                chosen.model().output(),
                chosen.model().run(message.input()));
    }

    private List<Object> index() {
        return models.list().stream()
                .<Object>map(m ->
                        ordered("name", m.name(), "version", m.version(), "state", "READY", "share_percent", m.share()))
                .toList();
    }

    private Answer load(Request request) throws HttpError, IOException {
        String version;
        int percent;
        try {
            Json parameters = Json.parse(request.body()).get("parameters");
            version = parameters.get("version").asText();
            Json share = parameters.asObject().get("percent");
            percent = share == null ? 100 : share.asInt();
        } catch (FormatException e) {
            throw new HttpError(
                    400, "needs {\"parameters\": {\"version\": \"..\", \"percent\": 100}}: " + e.getMessage());
        }
        ModelServer.requireName(version);
        models.load(request.at("model"), version, percent);
        return Answer.json(index());
    }

    private static SequencedMap<String, Object> ordered(Object... pairs) {
        SequencedMap<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }
}
