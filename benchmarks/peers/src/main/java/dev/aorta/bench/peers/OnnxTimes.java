package dev.aorta.bench.peers;

import static org.bytedeco.pytorch.global.torch.*;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.Onnx;
import dev.aorta.zoo.Architecture;
import dev.aorta.zoo.EfficientNet;
import dev.aorta.zoo.MobileNetV2;
import dev.aorta.zoo.ResNet;
import dev.aorta.zoo.UNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.TensorVector;

/**
 * Inference of networks of the zoo in Aorta and in ONNX Runtime, both from one ONNX file, and in libtorch, channels last and operation
 * by operation; with random weights, in turns.
 */
@SuppressWarnings("try") // scopes and guards work by being open
final class OnnxTimes {
    private static final int[] BATCHES = {1, 8};

    private record Network(String name, Architecture ours, Networks.Forward theirs, int side, int channels) {}

    private final int threads;
    private final Turns turns;
    private final boolean libtorch;
    private final List<String> cases;

    /**
     * What is measured.
     *
     * @param cases beginnings of {@code NETWORKxBATCH} in small letters, such as {@code resnet-18x1} and {@code u-net}; all where
     *     there are none
     */
    OnnxTimes(int threads, Turns turns, boolean libtorch, List<String> cases) {
        this.threads = threads;
        this.turns = turns;
        this.libtorch = libtorch;
        this.cases = cases;
    }

    private boolean isWanted(Network network, int batch) {
        String name = (network.name + "x" + batch).replace(" ", "").toLowerCase(Locale.ROOT);
        return cases.isEmpty() || cases.stream().anyMatch(name::startsWith);
    }

    private static List<Network> networks() {
        return List.of(
                new Network("ResNet-18", ResNet.resnet18(), ZooTwins::resnet18, 224, 3),
                new Network("ResNet-50", ResNet.resnet50(), ZooTwins::resnet50, 224, 3),
                new Network("MobileNetV2", new MobileNetV2(), ZooTwins::mobileNetV2, 224, 3),
                new Network("EfficientNet-B0", new EfficientNet(), ZooTwins::efficientNet, 224, 3),
                new Network("U-Net, base 16", new UNet(1, 2).withBase(16), OnnxTimes::unet, 256, 1),
                new Network("U-Net, base 32", new UNet(1, 2).withBase(32), OnnxTimes::unet, 256, 1));
    }

    private static org.bytedeco.pytorch.Tensor unet(Weights w, org.bytedeco.pytorch.Tensor x) {
        List<org.bytedeco.pytorch.Tensor> skips = new ArrayList<>();
        var y = x;
        while (w.has("enc" + (skips.size() + 1) + ".conv1.weight")) {
            y = twice(w, "enc" + (skips.size() + 1), y);
            skips.add(y);
            y = max_pool2d(y, 2, 2);
        }
        y = twice(w, "bottom", y);
        for (int level = skips.size(); level > 0; level--) {
            var up = w.transposed("dec" + level + ".up", y, 2, 0);
            y = twice(w, "dec" + level, cat(new TensorVector(skips.get(level - 1), up), 1));
        }
        return w.convolution("head", y, 1, 0);
    }

    private static org.bytedeco.pytorch.Tensor twice(Weights w, String at, org.bytedeco.pytorch.Tensor x) {
        var y = relu_(w.convolution(at + ".conv1", x, 1, 1));
        return relu_(w.convolution(at + ".conv2", y, 1, 1));
    }

    /**
     * Measures all.
     *
     * @throws IllegalStateException when the engines give different values
     */
    List<Map<String, Object>> measure() throws IOException {
        System.out.printf(
                "%-20s %9s %14s%s %8s%n",
                "inference, " + threads + " threads",
                "Aorta ms",
                "ONNX Runtime ms",
                libtorch ? "  libtorch ms" : "",
                "ratio");
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Network network : networks()) {
            int[] batches =
                    Arrays.stream(BATCHES).filter(b -> isWanted(network, b)).toArray();
            if (batches.length == 0) {
                continue;
            }
            Path file = Files.createTempFile("aorta-peers", ".onnx");
            try (Device device = Device.cpu(threads);
                    Scope scope = Scope.noGrad()) {
                Layer layer = Weights.nudged(network.ours.build(device, 42));
                Onnx.save(layer, file, Shape.of(1, network.side, network.side, network.channels));
                Layer imported = Onnx.load(file, device).channelsLast();
                for (int batch : batches) {
                    rows.add(measure(network, file, device, imported, batch));
                }
            } finally {
                Files.delete(file);
            }
        }
        System.out.println("ratio: Aorta's speed in times that of the faster one of the others");
        return rows;
    }

    private Map<String, Object> measure(Network network, Path file, Device device, Layer imported, int batch) {
        Operand images = Operand.normal(batch, network.side, network.side, network.channels)
                .constant();
        long[] dims = {batch, network.channels, network.side, network.side};
        try (Scope scope = Scope.noGrad()) {
            Tensor x = images.on(device);
            float[] planes = x.permute(0, 3, 1, 2).toArray();
            try (OnnxRuntime runtime = new OnnxRuntime(file, planes, dims, threads)) {
                float[] ours = inOrder(imported.forward(x, Pass.INFERENCE));
                requireEqual(network.name, "ONNX Runtime", Numbers.doubles(runtime.values()), ours);
                Runnable aorta = () -> {
                    try (Scope call = Scope.noGrad()) {
                        imported.forward(x, Pass.INFERENCE).buffer();
                    }
                };
                return report(
                        network.name + " x " + batch,
                        libtorch
                                ? besideLibtorch(network, images, ours, aorta, runtime::infer)
                                : turns.medians(aorta, runtime::infer));
            }
        }
    }

    private double[] besideLibtorch(Network network, Operand images, float[] ours, Runnable aorta, Runnable runtime) {
        try (NoGradGuard guard = new NoGradGuard();
                PointerScope weightsAndImages = new PointerScope()) {
            Weights weights = Weights.of(d -> Weights.nudged(network.ours.build(d, 42)), ScalarType.Float);
            var torch = Libtorch.channelsFirst(images.inTorch(ScalarType.Float));
            double[] theirs = Libtorch.values(network.theirs.of(weights, torch));
            requireEqual(network.name, "libtorch", theirs, ours);
            return turns.medians(aorta, runtime, () -> {
                try (PointerScope call = new PointerScope()) {
                    network.theirs.of(weights, torch);
                }
            });
        }
    }

    /** Values in the order of ONNX, (N, C, H, W) or (N, classes). */
    static float[] inOrder(Tensor y) {
        return (y.shape().rank() == 4 ? y.permute(0, 3, 1, 2) : y).toArray();
    }

    static void requireEqual(String network, String engine, double[] theirs, float[] ours) {
        double distance = Numbers.distance(Numbers.doubles(ours), theirs, 0);
        if (!(distance < 1e-3)) {
            throw new IllegalStateException(
                    network + ": Aorta and " + engine + " are " + distance + " of the largest output apart");
        }
    }

    private static Map<String, Object> report(String name, double[] medians) {
        double ratio = Arrays.stream(medians).skip(1).min().orElseThrow() / medians[0];
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("network", name);
        row.put("aortaMillis", medians[0]);
        row.put("onnxRuntimeMillis", medians[1]);
        String third = "";
        if (medians.length > 2) {
            row.put("libtorchMillis", medians[2]);
            third = String.format(Locale.ROOT, "%13.2f", medians[2]);
        }
        row.put("ratio", ratio);
        System.out.printf(Locale.ROOT, "%-20s %11.2f %15.2f%s %7.2fx%n", name, medians[0], medians[1], third, ratio);
        return row;
    }
}
