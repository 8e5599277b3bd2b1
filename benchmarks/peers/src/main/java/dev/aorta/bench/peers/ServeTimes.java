package dev.aorta.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.bench.Clients;
import dev.aorta.bench.Machine;
import dev.aorta.bench.ServedUNet;
import dev.aorta.nn.FunctionLayer;
import dev.aorta.nn.Model;
import dev.aorta.onnx.Onnx;
import dev.aorta.serve.HttpError;
import dev.aorta.serve.ModelServer;
import dev.aorta.serve.ServerOptions;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/** One U-Net behind one HTTP server, run by Aorta and by ONNX Runtime in turns. */
final class ServeTimes {
    private static final int[] CLIENTS = {1, 8, 64, 200};
    private static final List<String> ENGINES = List.of("aorta", "onnxruntime");

    private final int threads;
    private final double seconds;

    /** For so many seconds each. */
    ServeTimes(int threads, double seconds) {
        this.threads = threads;
        this.seconds = seconds;
    }

    List<Map<String, Object>> measure() throws IOException {
        ServedUNet unet = new ServedUNet(256, 8);
        Path file = Files.createTempFile("aorta-serve", ".onnx");
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (Device device = Device.cpu(threads)) {
            try (Scope scope = Scope.noGrad()) {
                Onnx.save(unet.build(device), file, Shape.of(1, unet.side(), unet.side(), 1));
            }
            try (OrtSession.SessionOptions options = options();
                    OrtSession session = environment.createSession(file.toString(), options);
                    ModelServer server = ModelServer.start(
                            ServerOptions.loopback(0),
                            (name, version) -> unet.serve(
                                    name.equals("aorta")
                                            ? Model.of(() -> unet.build(device))
                                            : Model.of(() -> new FunctionLayer(
                                                    name, x -> run(environment, session, x, device), List.of())),
                                    device))) {
                for (String engine : ENGINES) {
                    server.models().load(engine, "1", 100);
                }
                return measure(server, unet);
            }
        } catch (OrtException | HttpError e) {
            throw new IllegalStateException(e.getMessage(), e);
        } finally {
            Files.delete(file);
        }
    }

    private OrtSession.SessionOptions options() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(threads);
        options.setInterOpNumThreads(1);
        options.addConfigEntry("session.force_spinning_stop", "1"); // its threads would wait beside the others' turns
        return options;
    }

    /** Images of one channel are the same in both orders; what it gives stays in its own, (N, classes, H, W). */
    private static Tensor run(OrtEnvironment environment, OrtSession session, Tensor x, Device device) {
        long[] dims = {x.shape().dim(0), 1, x.shape().dim(1), x.shape().dim(2)};
        try (OnnxTensor fed = OnnxTensor.createTensor(environment, FloatBuffer.wrap(x.toArray()), dims);
                OrtSession.Result result =
                        session.run(Map.of(session.getInputNames().iterator().next(), fed))) {
            OnnxTensor logits = (OnnxTensor) result.get(0);
            float[] values = new float[logits.getFloatBuffer().remaining()];
            logits.getFloatBuffer().get(values);
            int[] shape = {(int) dims[0], (int) logits.getInfo().getShape()[1], (int) dims[2], (int) dims[3]};
            return Tensor.of(device, values, shape);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
    }

    private List<Map<String, Object>> measure(ModelServer server, ServedUNet unet) {
        List<Map<String, Object>> rows = new ArrayList<>();
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (String engine : ENGINES) {
                Clients.ask(http, unet.request(server.uri(), engine), 1, Math.min(5, seconds)); // warm-up
            }
            System.out.printf("%8s %12s %s %12s%n", "clients", "engine", Clients.HEAD, "memory MiB");
            for (int count : CLIENTS) {
                double first = 0;
                for (String engine : ENGINES) {
                    Clients seen = Clients.ask(http, unet.request(server.uri(), engine), count, seconds);
                    long memory = Machine.memory(ProcessHandle.current().pid());
                    System.out.printf("%8d %12s %s %12d%n", count, engine, seen.row(), memory);
                    if (first == 0) {
                        first = seen.throughput();
                    } else {
                        System.out.printf(
                                Locale.ROOT,
                                "%8d Aorta answers %.2f times as many%n",
                                count,
                                first / seen.throughput());
                    }
                    Map<String, Object> row = new LinkedHashMap<>();
                    row.put("engine", engine);
                    row.put("clients", count);
                    row.put("answersPerSecond", seen.throughput());
                    row.put("p50Millis", seen.percentile(0.5));
                    row.put("p99Millis", seen.percentile(0.99));
                    row.put("busy", seen.busy());
                    row.put("other", seen.other());
                    rows.add(row);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
        return rows;
    }
}
