package dev.aorta.onnx;

import dev.aorta.Device;
import dev.aorta.Shape;
import dev.aorta.io.FormatException;
import dev.aorta.nn.Layer;
import dev.aorta.onnx.graph.Importer;
import dev.aorta.onnx.operators.Operators;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.ModelReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Networks of other frameworks, from files in the ONNX format, and networks for them.
 *
 * <pre>{@code
 * OnnxNetwork network = Onnx.load(Path.of("resnet18.onnx"), Device.cpu());
 * Tensor scores = network.channelsLast().forward(images, Pass.INFERENCE); // (N, H, W, C) to (N, classes)
 * }</pre>
 *
 * @see <a href="https://onnx.ai/onnx/">ONNX</a>
 */
public final class Onnx {
    /**
     * Property that says how many elements one value may have; otherwise a sixteenth of the number of bytes that the JVM may use, at
     * most 2^30.
     */
    public static final String MAX_ELEMENTS = "aorta.onnx.maxElements";

    private Onnx() {}

    /**
     * Loads a model. Its weights become parameters, under the names of the file, that belong to the innermost open scope.
     *
     * @param file with weights in other files where it says so
     * @param device where the weights will be
     * @return the network
     * @throws FormatException when the file is damaged or is no ONNX file
     * @throws OnnxException when the model needs what is not supported, naming all nodes at once, or breaks the standard's
     * rules
     */
    public static OnnxNetwork load(Path file, Device device) throws IOException {
        Model model = ModelReader.read(file);
        return network(String.valueOf(file.getFileName()), model, device, maxElements());
    }

    private static long maxElements() {
        return Long.getLong(
                MAX_ELEMENTS, Math.min(1L << 30, Runtime.getRuntime().maxMemory() / 16));
    }

    /**
     * {@link OnnxExport#save(Layer, Path, Shape...)}.
     *
     * @param network to write
     * @param file to write, whole or not at all
     * @param examples shape of the input, with its batch
     * @return what is free in the file, and what is not
     * @throws IOException if it cannot be written
     */
    public static OnnxExport.Report save(Layer network, Path file, Shape... examples) throws IOException {
        return OnnxExport.save(network, file, examples);
    }

    /**
     * The same network made for inference, as it would be after {@link #save} and {@link #load}, without a file: normalisations are part
     * of the convolutions before them, and functions, sums and chains of convolutions are computed in one pass. It computes what the
     * network does in {@link dev.aorta.nn.Pass#INFERENCE}, to within rounding. Its parameters are copies, so that training the network
     * further does not change it. A network from an ONNX file is so already, and is returned as it is.
     *
     * @param network of one input, left as it is
     * @param device where the copies will be
     * @param example shape of the input, with its batch; other batches may be given later, and other sizes where the network takes
     * them
     * @return the layer, with the axes of the network
     * @throws IllegalArgumentException when an operation has no counterpart in ONNX, naming it
     * @throws dev.aorta.ShapeException when the network does not take the example
     */
    public static Layer forInference(Layer network, Device device, Shape example) {
        if (network instanceof OnnxNetwork) {
            return network;
        }
        return network("for inference", OnnxExport.model(network, example), device, maxElements())
                .channelsLast();
    }

    /** {@return the names of the standard's operators that are supported, in alphabetical order} */
    public static SortedSet<String> operators() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(Operators.all().keySet()));
    }

    static OnnxNetwork network(String name, Model model, Device device, long maxElements) {
        return new OnnxNetwork(name, model, device, Importer.plan(name, model, device, maxElements));
    }
}
