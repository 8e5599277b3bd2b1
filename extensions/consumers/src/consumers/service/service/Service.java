package service;

import com.sun.net.httpserver.HttpServer;
import dev.aorta.Device;
import dev.aorta.Tensor;
import dev.aorta.io.StateDict;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Layers;
import dev.aorta.nn.Model;
import dev.aorta.nn.Pass;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A web service that answers with a model, and goes over to another one while it answers. */
public final class Service implements AutoCloseable {
    private static final int REQUESTS = 200; // of each caller
    private static final int CALLERS = 4;

    private final Model model;
    private final ExecutorService threads = Executors.newFixedThreadPool(CALLERS);
    private final HttpServer server;

    Service(Path file) throws IOException {
        model = Model.of(() -> load(file));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/predict", exchange -> {
            byte[] answer = predict(exchange.getRequestURI().getQuery()).getBytes();
            exchange.sendResponseHeaders(200, answer.length);
            try (var body = exchange.getResponseBody()) {
                body.write(answer);
            }
        });
        server.createContext("/model", exchange -> { // reads the new network, then takes it: nobody waits
            model.replace(() -> load(Path.of(exchange.getRequestURI().getQuery())));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        server.start();
    }

    static Layer load(Path file) throws IOException {
        Layer network = network(0);
        StateDict.load(file, network);
        return network;
    }

    static Layer network(long seed) {
        Layers net = new Layers(Device.cpu(), seed);
        return net.sequential(net.linear(3, 64), net.relu(), net.linear(64, 2));
    }

    private String predict(String numbers) {
        float[] input = new float[3];
        String[] words = numbers.split(",");
        for (int i = 0; i < input.length; i++) {
            input[i] = Float.parseFloat(words[i]);
        }
        return answer(model, input);
    }

    static String answer(Model model, float... input) {
        float[] scores = model.run(network -> network.forward(Tensor.of(Device.cpu(), input, 1, 3), Pass.INFERENCE)
                .toArray());
        return Arrays.toString(scores);
    }

    URI uri(String path) {
        return URI.create("http://localhost:" + server.getAddress().getPort() + path);
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
        model.close();
    }

    /** Callers ask without a pause while the models are swapped; each answer must be that of one of the two. */
    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        Path folder = Path.of(args[0]);
        List<Path> files = List.of(folder.resolve("a.safetensors"), folder.resolve("b.safetensors"));
        for (int i = 0; i < files.size(); i++) {
            Files.deleteIfExists(files.get(i));
            StateDict.save(files.get(i), network(i + 1));
        }
        List<String> right = new ArrayList<>();
        for (Path file : files) {
            try (Model model = Model.of(() -> load(file))) {
                right.add(answer(model, 1, 2, 3));
            }
        }
        int[] answers = new int[2];
        int swaps = 0;
        try (Service service = new Service(files.get(0));
                ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
                HttpClient client = HttpClient.newHttpClient()) {
            Callable<int[]> caller = () -> {
                int[] of = new int[2];
                for (int i = 0; i < REQUESTS; i++) {
                    String answer = get(client, service.uri("/predict?1,2,3")).body();
                    if (!right.contains(answer)) {
                        throw new IllegalStateException(answer + " is the answer of none of " + right);
                    }
                    of[right.indexOf(answer)]++;
                }
                return of;
            };
            List<Future<int[]>> running = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                running.add(callers.submit(caller));
            }
            while (!running.stream().allMatch(Future::isDone)) {
                swaps++;
                Path next = files.get(swaps % 2);
                get(client, service.uri("/model?" + next));
            }
            for (Future<int[]> of : running) {
                answers[0] += of.get()[0];
                answers[1] += of.get()[1];
            }
        }
        System.out.println("answers " + answers[0] + " " + answers[1] + ", swaps " + swaps);
    }

    private static HttpResponse<String> get(HttpClient client, URI uri) throws IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() >= 300) {
            throw new IOException(uri + " answered " + response.statusCode());
        }
        return response;
    }
}
