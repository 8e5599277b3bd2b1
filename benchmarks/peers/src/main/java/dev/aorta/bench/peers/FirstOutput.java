package dev.aorta.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.bench.Machine;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.Onnx;
import dev.aorta.zoo.ResNet;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.commons.math3.stat.StatUtils;

/**
 * What a program pays that classifies one image and ends: the time from the start of {@code java} to the scores of ResNet-18 from an
 * ONNX file, and its largest resident memory, in new processes, Aorta and ONNX Runtime in turns.
 */
@SuppressWarnings("try") // scopes work by being open
final class FirstOutput {
    private static final int SIDE = 224;

    private enum Engine {
        AORTA("Aorta", Onnx.class),
        ONNX_RUNTIME("ONNX Runtime", OrtEnvironment.class);

        private final String title;
        private final Class<?> member;

        Engine(String title, Class<?> member) {
            this.title = title;
            this.member = member;
        }

        /** The file, or the folder of classes, that a program depends on. */
        Path library() {
            try {
                return Path.of(member.getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI());
            } catch (URISyntaxException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private record Start(double milliseconds, double mebibytes) {}

    private final int threads;
    private final int rounds;

    FirstOutput(int threads, int rounds) {
        this.threads = threads;
        this.rounds = rounds;
    }

    /** Measures both. */
    List<Map<String, Object>> measure() throws IOException {
        Path file = Files.createTempFile("aorta-peers", ".onnx");
        Map<Engine, List<Start>> starts = new LinkedHashMap<>();
        try {
            try (Device device = Device.cpu(threads);
                    Scope scope = Scope.noGrad()) {
                Onnx.save(ResNet.resnet18().build(device, 42), file, Shape.of(1, SIDE, SIDE, 3));
            }
            for (int i = 0; i < rounds; i++) {
                for (Engine engine : Engine.values()) {
                    starts.computeIfAbsent(engine, e -> new ArrayList<>()).add(start(engine, file));
                }
            }
        } finally {
            Files.delete(file);
        }
        System.out.printf("%-14s %16s %14s %12s%n", "ResNet-18", "first output ms", "peak RSS MiB", "library MB");
        List<Map<String, Object>> rows = new ArrayList<>();
        starts.forEach((engine, all) -> rows.add(report(engine, all)));
        return rows;
    }

    private Start start(Engine engine, Path file) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), FirstOutput.class.getName()));
        command.addAll(List.of(engine.name(), file.toString(), Integer.toString(threads)));
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = process.inputReader()) {
            String memory = lines.readLine();
            double milliseconds = (System.nanoTime() - start) / 1e6;
            if (memory == null) {
                throw new IOException("the process of " + engine.title + " ended without scores");
            }
            return new Start(milliseconds, Double.parseDouble(memory));
        }
    }

    private static Map<String, Object> report(Engine engine, List<Start> starts) {
        double milliseconds =
                median(starts.stream().mapToDouble(Start::milliseconds).toArray());
        double mebibytes = median(starts.stream().mapToDouble(Start::mebibytes).toArray());
        double megabytes = engine.library().toFile().length() / 1e6;
        System.out.printf(
                Locale.ROOT, "%-14s %16.0f %14.0f %12.1f%n", engine.title, milliseconds, mebibytes, megabytes);
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("engine", engine.title);
        row.put("firstOutputMillis", milliseconds);
        row.put("peakMemoryMiB", mebibytes);
        row.put("libraryMegabytes", megabytes);
        return row;
    }

    private static double median(double[] values) {
        return StatUtils.percentile(values, 50);
    }

    /** The new process. Arguments: an engine, a file, a number of threads; prints its peak memory once it has the scores. */
    public static void main(String[] args) throws IOException, OrtException {
        Path file = Path.of(args[1]);
        int threads = Integer.parseInt(args[2]);
        float[] image = new float[3 * SIDE * SIDE];
        switch (Engine.valueOf(args[0])) {
            case AORTA -> aorta(file, image, threads);
            case ONNX_RUNTIME -> onnxRuntime(file, image, threads);
        }
        System.out.println(Machine.peakMemory());
    }

    private static void aorta(Path file, float[] image, int threads) throws IOException {
        try (Device device = Device.cpu(threads);
                Scope scope = Scope.noGrad()) {
            Tensor x = Tensor.of(device, image, 1, SIDE, SIDE, 3);
            Onnx.load(file, device).channelsLast().forward(x, Pass.INFERENCE).toArray();
        }
    }

    private static void onnxRuntime(Path file, float[] image, int threads) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            try (OrtSession session = environment.createSession(file.toString(), options);
                    OnnxTensor x = OnnxTensor.createTensor(
                            environment, FloatBuffer.wrap(image), new long[] {1, 3, SIDE, SIDE});
                    OrtSession.Result scores = session.run(
                            Map.of(session.getInputNames().iterator().next(), x))) {
                scores.get(0).getValue();
            }
        }
    }
}
