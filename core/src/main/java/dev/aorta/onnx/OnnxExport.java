package dev.aorta.onnx;

import dev.aorta.Shape;
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
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.stream.IntStream;

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
     * @param input name of the input
     * @param output name of the output
     * @param metadata free strings, for programs that know their keys
     */
    public record Options(int opset, String input, String output, SequencedMap<String, String> metadata) {
        /** Opset 17, which all current programs read; {@code input} and {@code output}. */
        public static final Options DEFAULT = new Options(17, "input", "output", new LinkedHashMap<>());

        public Options {
            if (opset != 17 && opset != 20) {
                throw new IllegalArgumentException("[onnx] opset " + opset + " is not written: choose 17 or 20");
            }
            if (input.isEmpty() || output.isEmpty() || input.equals(output)) {
                throw new IllegalArgumentException(
                        "[onnx] input and output need a name each, got '" + input + "' and '" + output + "'");
            }
            metadata = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metadata));
        }

        /** The same with operators of another version. */
        public Options withOpset(int version) {
            return new Options(version, input, output, metadata);
        }

        /** The same with other names of the input and the output. */
        public Options withNames(String newInput, String newOutput) {
            return new Options(opset, newInput, newOutput, metadata);
        }

        /** The same with one more string. */
        public Options withMetadata(String key, String value) {
            SequencedMap<String, String> more = new LinkedHashMap<>(metadata);
            more.put(key, value);
            return new Options(opset, input, output, more);
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

    /** {@link #save(Layer, Path, Shape, Options)} with {@link Options#DEFAULT}. */
    public static Report save(Layer network, Path file, Shape example) throws IOException {
        return save(network, file, example, Options.DEFAULT);
    }

    /**
     * Writes a network. The batch is free, and so are the other axes but the last where the network allows it; the report says
     * which are not and why.
     *
     * @param file to write, whole or not at all; weights of more than 2 GB stand in {@code FILE.data} beside it
     * @param example shape of an input, with its batch
     * @throws IllegalArgumentException when an operation has no counterpart in ONNX, naming it
     * @throws dev.aorta.ShapeException when the network does not take the example
     */
    public static Report save(Layer network, Path file, Shape example, Options options) throws IOException {
        Exporter.Result result = Exporter.export(new Exporter.Request(
                inputs -> List.of(network.forward(inputs.getFirst(), Pass.INFERENCE)),
                List.of(new Input(options.input(), example)),
                List.of(options.output()),
                true,
                free(example),
                options.opset()));
        Graph graph = result.graph();
        ModelWriter.write(
                Model.of(
                        Objects.requireNonNull(IR_VERSIONS.get(options.opset())),
                        "Aorta",
                        options.opset(),
                        options.metadata(),
                        graph),
                file);
        return new Report(
                described(graph.inputs()),
                described(graph.outputs()),
                graph.nodes().size(),
                result.fixed());
    }

    private static List<String> described(List<ValueInfo> values) {
        return values.stream().map(v -> v.name() + " " + v.description()).toList();
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
                .mapToObj(axis -> Free.of(names.get(axis), axis))
                .toList();
    }
}
