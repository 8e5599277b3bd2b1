package dev.aorta.bench;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.onnx.Onnx;
import dev.aorta.zoo.Architecture;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Classifiers of the zoo, trained on noise of three channels. */
public final class TrainedZoo {
    private static final long SEED = 42;

    private TrainedZoo() {}

    /**
     * A network with {@link #images} and {@link #labels}, in whose place {@link Onnx#forInference} infers.
     *
     * @param build makes it on a device
     * @param side rows and columns of an image
     * @param device that is closed with it
     */
    public static Aorta built(Function<Device, Layer> build, int batch, int side, Device device) {
        Shape images = Shape.of(batch, side, side, 3);
        return built(build, batch, side, device, network -> Onnx.forInference(network, device, images));
    }

    private static Aorta built(
            Function<Device, Layer> build, int batch, int side, Device device, UnaryOperator<Layer> forInference) {
        return new Aorta(
                device,
                build,
                on -> Tensor.of(on, images(batch, side), batch, side, side, 3),
                on -> Tensor.of(on, labels(batch), batch),
                forInference);
    }

    /** The network of an architecture with its own initial weights, which infers itself; other arguments as above. */
    static Aorta of(Architecture architecture, int batch, int side, Device device) {
        return built(on -> architecture.build(on, SEED), batch, side, device, network -> network);
    }

    /** A batch of noise, (N, H, W, 3). */
    public static float[] images(int batch, int side) {
        Random random = new Random(SEED);
        float[] values =
                new float[Math.toIntExact(Shape.of(batch, side, side, 3).size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Their classes, another one for each. */
    public static float[] labels(int batch) {
        float[] classes = new float[batch];
        for (int i = 0; i < batch; i++) {
            classes[i] = i;
        }
        return classes;
    }
}
