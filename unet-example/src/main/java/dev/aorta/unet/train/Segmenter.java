package dev.aorta.unet.train;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.data.Values;
import dev.aorta.io.FormatException;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.unet.imaging.Fit;
import dev.aorta.unet.imaging.InputSlice;
import dev.aorta.unet.model.InputScaling;
import dev.aorta.unet.model.ModelConfig;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A trained network that turns slices into masks. Safe to use from several threads. */
public final class Segmenter implements Closeable {
    private final Scope lifetime;
    private final ModelConfig config;
    private final Layer network;
    private final Layer finished;
    private final boolean digested;
    private final Device device;

    private Segmenter(Scope lifetime, ModelConfig.Loaded model, Device device) {
        this.lifetime = lifetime;
        this.config = model.config();
        this.network = model.network();
        this.finished = config.finished(network, device);
        this.digested = model.digested();
        this.device = device;
    }

    /**
     * Loads a network; it lives until it is closed, on the thread that loaded it.
     *
     * @param scaling of grey levels for an ONNX file that does not say it, or null
     * @throws FormatException if the file holds no network of this program
     */
    public static Segmenter load(Path model, Device device, @Nullable InputScaling scaling) throws IOException {
        Scope lifetime = Scope.noGrad();
        try {
            return new Segmenter(lifetime, ModelConfig.load(model, device, scaling), device);
        } catch (IOException | RuntimeException e) {
            lifetime.close();
            throw e;
        }
    }

    /** Whether a digest in the model file says that it is whole; ONNX files have none. */
    public boolean digested() {
        return digested;
    }

    /** Where it computes. */
    public Device device() {
        return device;
    }

    /** How the network is built. */
    public ModelConfig config() {
        return config;
    }

    /** The network as it was trained. */
    public Layer network() {
        return network;
    }

    /** The network with what its description says becomes of its output, for images (1, rows, columns, 1) to logits. */
    public Layer finished() {
        return finished;
    }

    /**
     * The class of each pixel.
     *
     * @param name for messages
     * @param grey levels as stored by the scanner, (rows, columns); not modified
     * @return (rows, columns)
     * @throws FormatException if the slice has not the size that the network was trained on
     */
    public byte[] segment(String name, int rows, int columns, float[] grey) throws FormatException {
        try (Scope run = Scope.noGrad()) {
            return classes(logits(name, rows, columns, grey));
        }
    }

    /** The class of each pixel of a slice, (rows, columns), brought to the pixels that the network knows as {@code fit} says. */
    public byte[] segment(InputSlice slice, Fit fit) throws IOException {
        return fit.segment(
                slice, config.known(), 1, (rows, columns, grey) -> segment(slice.source(), rows, columns, grey));
    }

    /** The class with the largest value on the last axis, of each pixel. */
    public static byte[] classes(Tensor values) {
        float[] classes = values.argmax().toArray();
        byte[] mask = new byte[classes.length];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (byte) classes[i];
        }
        return mask;
    }

    /**
     * What the network says of each pixel.
     *
     * @param mask class of each, (rows, columns)
     * @param probabilities that the network gives the classes, (rows, columns, classes), 1 in sum
     */
    public record Prediction(byte[] mask, Values probabilities) {}

    /** As {@link #segment}, with the network's probabilities. */
    public Prediction predict(String name, int rows, int columns, float[] grey) throws FormatException {
        try (Scope run = Scope.noGrad()) {
            Tensor logits = logits(name, rows, columns, grey);
            float[] probabilities = logits.softmax().toArray();
            int classes = probabilities.length / (rows * columns);
            return new Prediction(classes(logits), new Values(probabilities, Shape.of(rows, columns, classes)));
        }
    }

    private Tensor logits(String name, int rows, int columns, float[] grey) throws FormatException {
        Tensor logits = finished.forward(input(name, rows, columns, grey), Pass.INFERENCE);
        requireFinite(name, logits.toArray());
        return logits;
    }

    /**
     * What the network takes of a slice, in the open scope.
     *
     * @param name for messages
     * @param grey levels as stored by the scanner, (rows, columns); not modified
     * @return (1, rows, columns, 1)
     * @throws FormatException if the slice has not the size that the network was trained on
     */
    public Tensor input(String name, int rows, int columns, float[] grey) throws FormatException {
        requireSize(name, rows, columns);
        float[] image = grey.clone();
        config.input().apply(image);
        return Tensor.of(device, image, 1, rows, columns, 1);
    }

    /**
     * Checks what a network gave.
     *
     * @param name for messages
     * @throws FormatException if it is infinite or no number
     */
    public static void requireFinite(String name, float[] output) throws FormatException {
        for (float value : output) {
            if (!Float.isFinite(value)) {
                throw new FormatException(name + ": the network gives " + value
                        + "; its weights are damaged, or the grey levels beyond all bounds");
            }
        }
    }

    /**
     * Checks that images have the size that the network was trained on.
     *
     * @param name for messages
     * @throws FormatException if they have not
     */
    public void requireSize(String name, int rows, int columns) throws FormatException {
        config.requireSize(name, rows, columns);
    }

    @Override
    public void close() {
        lifetime.close();
    }
}
