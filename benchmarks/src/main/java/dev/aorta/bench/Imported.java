package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.Onnx;
import dev.aorta.onnx.OnnxNetwork;
import dev.aorta.zoo.Architecture;
import dev.aorta.zoo.EfficientNet;
import dev.aorta.zoo.MobileNetV2;
import dev.aorta.zoo.ResNet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** The inference of a network of an ONNX file: one that is given, or one of the zoo on 224 x 224 images of three channels. */
public final class Imported implements AutoCloseable {
    /** Rows and columns of an image for a network of the zoo. */
    public static final int SIDE = 224;

    private static final Map<String, Architecture> ZOO = Map.of(
            "resnet18",
            ResNet.resnet18(),
            "resnet50",
            ResNet.resnet50(),
            "mobilenetv2",
            new MobileNetV2(),
            "efficientnet-b0",
            new EfficientNet());

    private final Device device;
    private final Scope lifetime = Scope.noGrad();
    private final Layer network;
    private final Tensor images;

    /**
     * Loads a network, and makes a batch of noise for it.
     *
     * @param side of the images where the file leaves it free
     * @param device that {@link #close} closes
     */
    Imported(String name, int batch, int side, Device device) throws IOException {
        this.device = device;
        Architecture ofZoo = ZOO.get(key(name));
        if (ofZoo == null) {
            OnnxNetwork file = Onnx.load(Path.of(name), device);
            network = file;
            images = noise(shape(file, batch, side));
        } else {
            Path file = Files.createTempFile("aorta-profile", ".onnx");
            try {
                Onnx.save(ofZoo.build(device, 42), file, Shape.of(1, SIDE, SIDE, 3));
                network = Onnx.load(file, device).channelsLast();
            } finally {
                Files.delete(file);
            }
            images = noise(batch, SIDE, SIDE, 3);
        }
    }

    /** Whether the zoo has a network of that name; {@code resnet-18} is {@code resnet18}. */
    public static boolean isOfZoo(String network) {
        return ZOO.containsKey(key(network));
    }

    /** The network of the zoo of that name. */
    public static Architecture architecture(String network) {
        return Objects.requireNonNull(ZOO.get(key(network)), network);
    }

    /** The name of a network of the zoo, which {@code resnet-18} is not and {@code resnet18} is. */
    public static String key(String network) {
        return network.replace("resnet-", "resnet");
    }

    /** Whether this is the name of a network of the zoo or of a file. */
    static boolean isNamed(String network) {
        return isOfZoo(network) || network.endsWith(".onnx");
    }

    private static int[] shape(OnnxNetwork file, int batch, int side) {
        OnnxNetwork.Port input = file.inputs().getFirst();
        List<String> axes = input.axes();
        if (axes == null || file.inputs().size() > 1) {
            throw new IllegalArgumentException(
                    file.name() + " must have one input whose axes are known, and has " + file.inputs());
        }
        int[] shape = new int[axes.size()];
        for (int i = 0; i < shape.length; i++) {
            String axis = axes.get(i);
            shape[i] = axis.matches("\\d+") ? Integer.parseInt(axis) : i == 0 ? batch : side;
        }
        return shape;
    }

    private Tensor noise(int... shape) {
        Random random = new Random(1);
        float[] values = new float[Math.toIntExact(Shape.of(shape).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.of(device, values, shape);
    }

    void infer() {
        try (Scope run = Scope.noGrad()) {
            network.forward(images, Pass.INFERENCE).buffer();
        }
    }

    @Override
    public void close() {
        lifetime.close();
        device.close();
    }
}
