package dev.aorta.onnx;

import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.export.Exporter;
import dev.aorta.onnx.export.Exporter.Free;
import dev.aorta.onnx.export.Exporter.Input;
import dev.aorta.onnx.proto.Graph;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.ModelWriter;
import dev.aorta.onnx.proto.ValueInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes any network as an ONNX file, from what it does in {@linkplain dev.aorta.Scope#dryRun() dry runs} of inference: nothing is
 * computed, and no network describes itself a second time.
 *
 * <p>Images (N, H, W, C) are (N, C, H, W) in the file, as other programs expect; tensors of other ranks stand as they are. Batch
 * normalisation behind a convolution is folded into it. The same network gives the same bytes.
 *
 * @see <a href="https://onnx.ai/onnx/operators/">ONNX operators</a>
 */
public final class OnnxExport {
    /** The file format that came with a version of the operators. */
    private static final Map<Integer, Long> IR_VERSIONS = Map.of(17, 8L, 20, 9L);

    private OnnxExport() {}

    /**
     * How a file is written.
     *
     * @param opset version of the operators, 17 or 20
     * @param inputs names; none for those of the file that the network is from, or {@code input}
     * @param outputs names; none for those of the file that the network is from, or {@code output}
     * @param metadata free strings, beside those of the file that the network is from
     */
    public record Options(int opset, List<String> inputs, List<String> outputs, SequencedMap<String, String> metadata) {
        /** Opset 17, which all current programs read. */
        public static final Options DEFAULT = new Options(17, List.of(), List.of(), new LinkedHashMap<>());

        /** Checks the version and the names. */
        public Options {
            if (!IR_VERSIONS.containsKey(opset)) {
                throw new IllegalArgumentException("[onnx] opset " + opset + " is not written: choose 17 or 20");
            }
            List<String> names =
                    Stream.concat(inputs.stream(), outputs.stream()).toList();
            if (names.contains("") || names.stream().distinct().count() < names.size()) {
                throw new IllegalArgumentException(
                        "[onnx] each input and output needs a name of its own, got " + names);
            }
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
            metadata = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metadata));
        }

        /**
         * The same with operators of another version.
         *
         * @param version of the operators
         * @return the options
         */
        public Options withOpset(int version) {
            return new Options(version, inputs, outputs, metadata);
        }

        /**
         * The same with other names of the input and the output.
         *
         * @param input of the network
         * @param output of the network
         * @return the options
         */
        public Options withNames(String input, String output) {
            return new Options(opset, List.of(input), List.of(output), metadata);
        }

        /**
         * The same with one more string.
         *
         * @param key of the string
         * @param value the string
         * @return the options
         */
        public Options withMetadata(String key, String value) {
            SequencedMap<String, String> more = new LinkedHashMap<>(metadata);
            more.put(key, value);
            return new Options(opset, inputs, outputs, more);
        }
    }

    /**
     * What was written.
     *
     * @param inputs for example {@code input float [batch, 1, height, width]}
     * @param outputs likewise
     * @param nodes number of nodes
     * @param fixed why an axis of the input is not free, by its name
     */
    public record Report(List<String> inputs, List<String> outputs, int nodes, SequencedMap<String, String> fixed) {
        /** Copies the lists. */
        public Report {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
            fixed = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(fixed));
        }

        /** A line for each input, output and axis that is not free. */
        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            inputs.forEach(i -> text.append("input   ").append(i).append(System.lineSeparator()));
            outputs.forEach(o -> text.append("output  ").append(o).append(System.lineSeparator()));
            fixed.forEach((axis, why) -> text.append("fixed   ")
                    .append(axis)
                    .append(": ")
                    .append(why)
                    .append(System.lineSeparator()));
            return text.append("nodes   ").append(nodes).toString();
        }
    }

    /**
     * {@link #save(Layer, Path, Options, Shape...)} with {@link Options#DEFAULT}.
     *
     * @param network to write
     * @param file to write, whole or not at all
     * @param examples shape of the input, with its batch
     * @return what is free in the file, and what is not
     * @throws IOException if it cannot be written
     */
    public static Report save(Layer network, Path file, Shape... examples) throws IOException {
        return save(network, file, Options.DEFAULT, examples);
    }

    /**
     * Writes a network. The batch is free, and so are the other axes but the last where the network allows it; of a network
     * that is from an ONNX file, those that were free there. The report says which are not and why.
     *
     * @param network to write, left as it is
     * @param file to write, whole or not at all; weights of more than 2 GB stand in {@code FILE.data} beside it
     * @param options version, names and metadata
     * @param examples shape of the input, with its batch; of an {@link OnnxNetwork}, of each input as the file has it
     * @return what is free in the file, and what is not
     * @throws IllegalArgumentException when an operation has no counterpart in ONNX, naming it, or there are not as many
     * examples or names as inputs
     * @throws dev.aorta.ShapeException when the network does not take the examples
     * @throws IOException if it cannot be written
     */
    public static Report save(Layer network, Path file, Options options, Shape... examples) throws IOException {
        Exporter.Request request = network instanceof OnnxNetwork n
                ? ofFile(n, options, List.of(examples))
                : ofLayer(network, options, List.of(examples));
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        if (network instanceof OnnxNetwork n) {
            metadata.putAll(n.metadata());
        }
        metadata.putAll(options.metadata());
        Exporter.Result result = Exporter.export(request);
        Graph graph = result.graph();
        ModelWriter.write(model(options, metadata, graph), file);
        return new Report(
                described(graph.inputs()),
                described(graph.outputs()),
                graph.nodes().size(),
                result.fixed());
    }

    /** A network of one input as the model that {@link #save} writes. */
    static Model model(Layer network, Shape example) {
        Options options = Options.DEFAULT;
        Exporter.Result result = Exporter.export(ofLayer(network, options, List.of(example)));
        return model(options, options.metadata(), result.graph());
    }

    private static Model model(Options options, SequencedMap<String, String> metadata, Graph graph) {
        long irVersion = Objects.requireNonNull(IR_VERSIONS.get(options.opset()));
        return Model.of(irVersion, "Aorta", options.opset(), metadata, graph);
    }

    private static List<String> described(List<ValueInfo> values) {
        return values.stream().map(v -> v.name() + " " + v.description()).toList();
    }

    private static Exporter.Request ofLayer(Layer network, Options options, List<Shape> examples) {
        List<Input> inputs = inputs(options, List.of("input"), examples);
        return new Exporter.Request(
                x -> List.of(network.forward(x.getFirst(), Pass.INFERENCE)),
                inputs,
                outputs(options, List.of("output")),
                true,
                free(examples.getFirst()),
                options.opset());
    }

    private static Exporter.Request ofFile(OnnxNetwork network, Options options, List<Shape> examples) {
        List<String> names =
                network.inputs().stream().map(OnnxNetwork.Port::name).toList();
        for (OnnxNetwork.Port port : network.inputs()) {
            if (!port.type().equals("float")) {
                throw new IllegalArgumentException("[onnx] " + network.name() + ": the input " + port
                        + " is not of float; only networks of float32 are written");
            }
        }
        return new Exporter.Request(
                x -> {
                    Map<String, Tensor> given = new LinkedHashMap<>();
                    for (int i = 0; i < names.size(); i++) {
                        given.put(names.get(i), x.get(i));
                    }
                    return List.copyOf(network.run(given, Pass.INFERENCE).values());
                },
                inputs(options, names, examples),
                outputs(
                        options,
                        network.outputs().stream().map(OnnxNetwork.Port::name).toList()),
                false,
                free(network.inputs(), examples),
                options.opset());
    }

    private static List<Input> inputs(Options options, List<String> own, List<Shape> examples) {
        List<String> names = options.inputs().isEmpty() ? own : options.inputs();
        if (names.size() != own.size() || examples.size() != own.size()) {
            throw new IllegalArgumentException("[onnx] the network has the inputs " + own + ", got the names "
                    + options.inputs() + " and the examples " + examples);
        }
        return IntStream.range(0, names.size())
                .mapToObj(i -> new Input(names.get(i), examples.get(i)))
                .toList();
    }

    private static List<String> outputs(Options options, List<String> own) {
        if (!options.outputs().isEmpty() && options.outputs().size() != own.size()) {
            throw new IllegalArgumentException(
                    "[onnx] the network has the outputs " + own + ", got the names " + options.outputs());
        }
        return options.outputs().isEmpty() ? own : options.outputs();
    }

    private static List<Free> free(Shape example) {
        List<String> names = switch (example.rank()) {
            case 0, 1 -> List.of();
            case 2 -> List.of("batch");
            case 3 -> List.of("batch", "length");
            case 4 -> List.of("batch", "height", "width");
            default ->
                IntStream.range(0, example.rank() - 1)
                        .mapToObj(axis -> axis == 0 ? "batch" : "axis" + axis)
                        .toList();
        };
        return IntStream.range(0, names.size())
                .mapToObj(axis -> new Free(names.get(axis), List.of(List.of(axis))))
                .toList();
    }

    /** The axes that a file calls by a name, or does not fix. */
    private static List<Free> free(List<OnnxNetwork.Port> inputs, List<Shape> examples) {
        SequencedMap<String, List<List<Integer>>> free = new LinkedHashMap<>();
        for (int i = 0; i < inputs.size(); i++) {
            List<String> axes = inputs.get(i).axes();
            for (int axis = 0; axis < examples.get(i).rank(); axis++) {
                String name = axes == null || axes.get(axis).equals("?")
                        ? inputs.get(i).name() + "_" + axis
                        : axes.get(axis);
                if (!name.matches("\\d+")) {
                    free.computeIfAbsent(
                                    name,
                                    n -> inputs.stream()
                                            .<List<Integer>>map(p -> new ArrayList<>())
                                            .toList())
                            .get(i)
                            .add(axis);
                }
            }
        }
        return free.entrySet().stream()
                .map(e -> new Free(e.getKey(), e.getValue()))
                .toList();
    }
}
