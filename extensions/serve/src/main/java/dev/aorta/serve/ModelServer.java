package dev.aorta.serve;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.aorta.io.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server for networks, on virtual threads.
 *
 * <pre>{@code
 * ServedModel digits = new ServedModel(
 *         Model.of(() -> Onnx.load(file, device).channelsLast()), device,
 *         new ServedModel.Port("image", -1, 28, 28, 1), new ServedModel.Port("scores", -1, 10), Batching.DEFAULT);
 * try (ModelServer server = ModelServer.start(ServerOptions.loopback(8080), (name, version) -> name.equals("digits") ? digits : null)) {
 *     server.models().load("digits", "1", 100);
 *     ..
 * }
 * }</pre>
 *
 * <p>It answers the Open Inference Protocol under {@code /v2}, Prometheus under {@code /metrics}, and {@linkplain #route routes} of its
 * user's own. Half-open headers and bodies are cut off after 30 s and answers after 120 s, unless the JDK's properties {@code
 * sun.net.httpserver.maxReqTime} and {@code maxRspTime} were set before; {@code jdk.httpserver.maxConnections} is 2,000 likewise, and
 * as many of them may wait for their next request ({@code sun.net.httpserver.maxIdleConnections}).
 */
public final class ModelServer implements AutoCloseable {
    static {
        // read once by the JDK's server, which without them waits for ever
        Map.of(
                        "sun.net.httpserver.maxReqTime", "30",
                        "sun.net.httpserver.maxRspTime", "120",
                        "sun.net.httpserver.nodelay", "true",
                        "jdk.httpserver.maxConnections", "2000",
                        // of its 200 it closes the next one behind an answer, while the client already asks again
                        "sun.net.httpserver.maxIdleConnections", "2000")
                .forEach((name, value) -> {
                    if (System.getProperty(name) == null) {
                        System.setProperty(name, value);
                    }
                });
    }

    /** Answers requests of a route. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Answers a request.
         *
         * @param request to be answered
         * @return the answer
         * @throws Exception an {@link HttpError} for the caller; anything else is logged, and the caller hears that it failed
         */
        Answer answer(Request request) throws Exception;
    }

    private record Route(
            String method, String template, @Nullable Role role, Handler handler) {
        /** What stands at the places of the template, or null when the path is another one. */
        @Nullable
        Map<String, String> match(String path) {
            String[] wanted = template.split("/", -1);
            String[] there = path.split("/", -1);
            if (wanted.length != there.length) {
                return null;
            }
            Map<String, String> captured = new HashMap<>();
            for (int i = 0; i < wanted.length; i++) {
                if (wanted[i].startsWith("{")) {
                    captured.put(wanted[i].substring(1, wanted[i].length() - 1), there[i]);
                } else if (!wanted[i].equals(there[i])) {
                    return null;
                }
            }
            return captured;
        }
    }

    private record Found(Route route, Map<String, String> captured) {}

    private final ServerOptions options;
    private final HttpServer http;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Route> routes = new ArrayList<>();
    private final Metrics metrics = new Metrics();
    private final Models models;
    private final AtomicLong bytesLeft;
    private final AtomicInteger underWay = new AtomicInteger();
    private volatile boolean draining;
    private volatile UseListener uses = (caller, model, inputs) -> {};

    private ModelServer(ServerOptions options, Models.Loader loader) throws IOException {
        this.options = options;
        models = new Models(loader, metrics);
        bytesLeft = new AtomicLong(options.mostBodies());
        if (options.tls() == null) {
            http = HttpServer.create(options.address(), 0);
        } else {
            HttpsServer https = HttpsServer.create(options.address(), 0);
            https.setHttpsConfigurator(new HttpsConfigurator(options.tls()));
            http = https;
        }
        http.setExecutor(threads);
        http.createContext("/", this::handle);
        metrics.gauge("aorta_requests_under_way", "Requests that are being answered", underWay::get);
        OpenInference.routes(this, models);
        route(
                "GET",
                "/metrics",
                Role.INFER,
                r -> new Answer(200, Metrics.TYPE, Map.of(), metrics.text().getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Starts a server without a model.
     *
     * @param options how it listens
     * @param loader what knows the models that it may be told to load
     * @return the server, to be closed
     * @throws IOException when it cannot listen
     */
    public static ModelServer start(ServerOptions options, Models.Loader loader) throws IOException {
        ModelServer server = new ModelServer(options, loader);
        server.http.start();
        return server;
    }

    /** {@return the models that are served} */
    public Models models() {
        return models;
    }

    /**
     * Has each use of a model heard of, before anything is computed.
     *
     * @param listener takes the place of the one before
     */
    public void onUse(UseListener listener) {
        uses = listener;
    }

    /**
     * Says that a model is about to be used, as the routes of the Open Inference Protocol do.
     *
     * @param request that uses it
     * @param model that is used
     * @param inputs images, or the whole body
     * @throws HttpError 503 when whoever hears of it refuses
     */
    public void use(Request request, ServedModel model, List<byte[]> inputs) throws HttpError {
        try {
            uses.used(request.caller(), model, inputs);
        } catch (IOException e) {
            throw new HttpError(503, "the use of the model cannot be written down, so that nothing is computed", e);
        }
    }

    /** {@return what {@code /metrics} shows} */
    public Metrics metrics() {
        return metrics;
    }

    /** {@return where it listens, for example {@code http://127.0.0.1:8080}} */
    public URI uri() {
        InetSocketAddress at = http.getAddress();
        String host = at.getAddress().getHostAddress();
        return URI.create((options.tls() == null ? "http://" : "https://")
                + (host.contains(":") ? "[" + host + "]" : host) + ":" + at.getPort());
    }

    /**
     * Adds a route.
     *
     * @param method such as POST
     * @param template path in which {@code {name}} stands for one part, which is a name
     * @param role that a caller needs, or null for none
     * @param handler answers
     */
    public void route(String method, String template, @Nullable Role role, Handler handler) {
        synchronized (routes) {
            routes.add(new Route(method, template, role, handler));
        }
    }

    private void handle(HttpExchange exchange) {
        long begin = System.nanoTime();
        underWay.incrementAndGet();
        String route = "unknown";
        Answer answer;
        try (exchange;
                Request.Bytes bytes = new Request.Bytes(bytesLeft, options.mostBodies())) {
            try {
                requireSameOrigin(exchange);
                Found found = find(
                        exchange.getRequestMethod(), exchange.getRequestURI().getRawPath());
                route = found.route().template();
                if (draining) {
                    throw new HttpError(503, "the server is shutting down", Map.of("Connection", "close"));
                }
                String caller = caller(exchange, found.route().role());
                answer = found.route()
                        .handler()
                        .answer(new Request(exchange, caller, found.captured(), bytes, options.mostBody()));
            } catch (HttpError e) {
                if (e.getCause() != null) {
                    log(route, e.getCause());
                }
                answer = Answer.of(e);
            } catch (IOException e) {
                answer = Answer.of(new HttpError(400, "the body cannot be read"));
            } catch (Exception | Error e) {
                log(route, e);
                answer = Answer.of(new HttpError(500, "the server failed"));
            }
            boolean sent = send(exchange, answer);
            note(exchange.getRequestMethod(), route, sent ? answer.status() : 499, answer.body().length, begin);
        } finally {
            underWay.decrementAndGet();
        }
    }

    private static void log(String route, Throwable e) {
        System.getLogger(ModelServer.class.getName())
                .log(System.Logger.Level.ERROR, "a request to " + route + " failed", e);
    }

    private static boolean send(HttpExchange exchange, Answer answer) {
        exchange.getResponseHeaders().set("Content-Type", answer.type());
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        answer.headers().forEach(exchange.getResponseHeaders()::set);
        try (OutputStream out = exchange.getResponseBody()) {
            exchange.sendResponseHeaders(answer.status(), answer.body().length == 0 ? -1 : answer.body().length);
            out.write(answer.body());
            return true;
        } catch (IOException gone) {
            return false;
        }
    }

    private void note(String method, String route, int status, int bytes, long begin) {
        double seconds = (System.nanoTime() - begin) / 1e9;
        String known = method.matches("GET|POST|PUT|DELETE|HEAD|OPTIONS") ? method : "other";
        metrics.count(
                "aorta_requests_total",
                "Requests that were answered",
                1,
                "route",
                route,
                "code",
                Integer.toString(status));
        metrics.observe("aorta_request_seconds", "Time to answer a request", seconds, "route", route);
        SequencedMap<String, Object> line = new LinkedHashMap<>();
        line.put("time", Instant.now().toString());
        line.put("method", known);
        line.put("route", route);
        line.put("status", status);
        line.put("bytes", bytes);
        line.put("ms", Math.round(seconds * 1e5) / 100.0);
        options.accessLog().accept(Json.of(line).compact());
    }

    /** Pages of other servers may not ask through somebody's browser, also not under a name that they let point here. */
    private void requireSameOrigin(HttpExchange exchange) throws HttpError {
        String host = exchange.getRequestHeaders().getFirst("Host");
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        if (origin != null
                && (host == null || !origin.replaceFirst("^https?://", "").equalsIgnoreCase(host))) {
            throw new HttpError(403, "the page that asks is not of this server");
        }
        String name =
                host == null ? "localhost" : host.replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT);
        if (options.tokens() == null
                && !List.of("localhost", "127.0.0.1", "[::1]").contains(name)) {
            throw new HttpError(403, "this server is reached as localhost");
        }
    }

    private Found find(String method, String path) throws HttpError {
        List<Route> all;
        synchronized (routes) {
            all = List.copyOf(routes);
        }
        List<String> allowed = new ArrayList<>();
        for (Route route : all) {
            Map<String, String> captured = route.match(path);
            if (captured != null && route.method().equals(method)) {
                for (String name : captured.values()) {
                    requireName(name);
                }
                return new Found(route, captured);
            }
            if (captured != null) {
                allowed.add(route.method());
            }
        }
        if (allowed.isEmpty()) {
            throw new HttpError(404, "there is nothing here");
        }
        throw new HttpError(405, "the method is " + allowed, Map.of("Allow", String.join(", ", allowed)));
    }

    static void requireName(String name) throws HttpError {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")) {
            throw new HttpError(404, "a name has letters, digits, and _ . - within");
        }
    }

    /** Who asks, once the role is enough. */
    private String caller(HttpExchange exchange, @Nullable Role wanted) throws HttpError {
        Tokens tokens = options.tokens();
        if (tokens == null || wanted == null) {
            return "local";
        }
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        Role role = tokens.role(authorization);
        if (role == null) {
            throw new HttpError(
                    401, "a token is needed: Authorization: Bearer ..", Map.of("WWW-Authenticate", "Bearer"));
        }
        if (!role.covers(wanted)) {
            throw new HttpError(
                    403,
                    "the token's role is " + role.name().toLowerCase(Locale.ROOT) + ", and this wants "
                            + wanted.name().toLowerCase(Locale.ROOT));
        }
        return role.name().toLowerCase(Locale.ROOT) + " " + Tokens.digest(String.valueOf(authorization));
    }

    /** Refuses new requests with 503, answers those that were accepted, and ends. */
    @Override
    public void close() {
        draining = true;
        long until = System.nanoTime() + options.drain().toNanos();
        boolean interrupted = false;
        while (underWay.get() > 0 && System.nanoTime() < until && !interrupted) {
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        http.stop(1);
        models.close();
        threads.shutdownNow();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
