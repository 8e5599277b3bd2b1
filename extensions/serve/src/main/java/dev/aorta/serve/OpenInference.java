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

    private final ModelServer server;

    private OpenInference(ModelServer server, Models models) {
        this.server = server;
        this.models = models;
    }

    static void routes(ModelServer server, Models models) {
        OpenInference v2 = new OpenInference(server, models);
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
        if (chosen.model().isFull()) { // before memory is taken for what would be refused
            request.discard();
            throw Batcher.busy("the queue is full");
        }
        byte[] body = request.body();
        InferMessage message = InferMessage.parse(body, request.header(InferMessage.HEADER_LENGTH), chosen.model());
        server.use(request, chosen.model(), List.of(body));
        return message.answer(
                request.at("model"), chosen.version(), chosen.model().output(), chosen.run(message.input()));
    }

    private List<Object> index() {
        return models.list().stream()
                .<Object>map(m -> ordered(
                        "name", m.name(),
                        "version", m.version(),
                        "state", "READY",
                        "share_percent", m.share(),
                        "shadow", m.shadow()))
                .toList();
    }

    private Answer load(Request request) throws HttpError, IOException {
        String name = request.at("model");
        Json version;
        Json alias;
        int percent;
        boolean shadow;
        try {
            Map<String, Json> parameters =
                    Json.parse(request.body()).get("parameters").asObject();
            version = parameters.get("version");
            alias = parameters.get("alias");
            if ((version == null) == (alias == null)) {
                throw new FormatException("either a version or an alias");
            }
            ModelServer.requireName((version == null ? alias : version).asText());
            Json share = parameters.get("percent");
            percent = share == null ? 100 : share.asInt();
            Json copies = parameters.get("shadow");
            shadow = copies != null && copies.asBoolean();
            if (shadow && share != null) {
                throw new FormatException("a shadow has no share");
            }
        } catch (FormatException e) {
            throw new HttpError(
                    400,
                    "needs {\"parameters\": {\"version\": \"..\"}} or {\"alias\": \"..\"}, and \"percent\": 10 or"
                            + " \"shadow\": true: " + e.getMessage());
        }
        String wanted = version != null ? version.asText() : models.version(name, alias.asText());
        if (shadow) {
            models.shadow(name, wanted);
        } else {
            models.load(name, wanted, percent);
        }
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
