package dev.aorta.onnx.proto;

import dev.aorta.io.FormatException;
import dev.aorta.io.wire.ProtobufReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads ONNX files. The file is mapped and tensors are views of it; no number in it is believed before it is checked against the
 * bytes that are there.
 */
public final class ModelReader {
    /** Deepest nesting of graphs that is read. */
    public static final int MAX_DEPTH = 16;

    private final TensorReader tensors;

    private ModelReader(@Nullable Path folder) {
        this.tensors = new TensorReader(folder);
    }

    /**
     * Reads a model.
     *
     * @throws FormatException naming the file and the offset
     */
    public static Model read(Path file) throws IOException {
        return whole(file, bytes -> read(bytes, file.toAbsolutePath().getParent()));
    }

    /**
     * Reads a model from memory.
     *
     * @param folder of its external data, or null when there can be none
     * @throws FormatException naming the offset
     */
    public static Model read(ByteBuffer bytes, @Nullable Path folder) throws IOException {
        return new ModelReader(folder).model(new ProtobufReader(bytes));
    }

    /** Reads a file that holds one tensor, as the standard's test data do. */
    public static TensorProto readTensor(Path file) throws IOException {
        return whole(file, bytes -> new TensorReader(null).read(new ProtobufReader(bytes)));
    }

    private interface Reading<T> {
        T of(ByteBuffer bytes) throws IOException;
    }

    private static <T> T whole(Path file, Reading<T> reading) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new FormatException("it has " + channel.size()
                        + " bytes, and no ONNX file may have more than 2 GB: larger weights stand in files beside it");
            }
            return reading.of(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        } catch (FormatException e) {
            throw new FormatException(file + " is not a sound ONNX file: " + e.getMessage(), e);
        }
    }

    private Model model(ProtobufReader in) throws IOException {
        long irVersion = 0;
        long modelVersion = 0;
        String producer = "";
        String producerVersion = "";
        String domain = "";
        String doc = "";
        SequencedMap<String, Long> opsets = new LinkedHashMap<>();
        SequencedMap<String, String> metadata = new LinkedHashMap<>();
        Graph graph = null;
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 -> irVersion = in.varint();
                case 2 << 3 | 2 -> producer = in.text();
                case 3 << 3 | 2 -> producerVersion = in.text();
                case 4 << 3 | 2 -> domain = in.text();
                case 5 << 3 -> modelVersion = in.varint();
                case 6 << 3 | 2 -> doc = in.text();
                case 7 << 3 | 2 -> {
                    if (graph != null) {
                        throw in.error("a model has one graph, and this is the second");
                    }
                    graph = graph(in.message(), 0);
                }
                case 8 << 3 | 2 -> opset(in.message(), opsets);
                case 14 << 3 | 2 -> entry(in.message(), metadata);
                default -> in.skip(tag);
            }
        }
        if (graph == null) {
            throw in.error("there is no graph: this is no ONNX model");
        }
        return new Model(irVersion, producer, producerVersion, domain, modelVersion, doc, opsets, metadata, graph);
    }

    private static void opset(ProtobufReader in, SequencedMap<String, Long> opsets) throws FormatException {
        String domain = "";
        long version = 0;
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 | 2 -> domain = in.text();
                case 2 << 3 -> version = in.varint();
                default -> in.skip(tag);
            }
        }
        opsets.put(domain, version);
    }

    /** A StringStringEntryProto. */
    static void entry(ProtobufReader in, SequencedMap<String, String> entries) throws FormatException {
        String key = "";
        String value = "";
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 | 2 -> key = in.text();
                case 2 << 3 | 2 -> value = in.text();
                default -> in.skip(tag);
            }
        }
        entries.put(key, value);
    }

    private Graph graph(ProtobufReader in, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw in.error("graphs are nested more than " + MAX_DEPTH + " deep");
        }
        String name = "";
        List<Node> nodes = new ArrayList<>();
        List<TensorProto> initializers = new ArrayList<>();
        List<ValueInfo> inputs = new ArrayList<>();
        List<ValueInfo> outputs = new ArrayList<>();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 | 2 -> nodes.add(node(in.message(), depth));
                case 2 << 3 | 2 -> name = in.text();
                case 5 << 3 | 2 -> initializers.add(tensors.read(in.message()));
                case 11 << 3 | 2 -> inputs.add(ValueInfoReader.read(in.message()));
                case 12 << 3 | 2 -> outputs.add(ValueInfoReader.read(in.message()));
                case 15 << 3 | 2 ->
                    throw in.error("sparse initializers are not supported: export the weights as dense tensors");
                default -> in.skip(tag);
            }
        }
        return new Graph(name, nodes, initializers, inputs, outputs);
    }

    private Node node(ProtobufReader in, int depth) throws IOException {
        String name = "";
        String domain = "";
        String opType = "";
        List<String> inputs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        SequencedMap<String, Attribute> attributes = new LinkedHashMap<>();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 | 2 -> inputs.add(in.text());
                case 2 << 3 | 2 -> outputs.add(in.text());
                case 3 << 3 | 2 -> name = in.text();
                case 4 << 3 | 2 -> opType = in.text();
                case 5 << 3 | 2 -> attribute(in.message(), attributes, depth);
                case 7 << 3 | 2 -> domain = in.text();
                default -> in.skip(tag);
            }
        }
        return new Node(name, domain.equals("ai.onnx") ? "" : domain, opType, inputs, outputs, attributes);
    }

    private void attribute(ProtobufReader in, SequencedMap<String, Attribute> attributes, int depth)
            throws IOException {
        String name = "";
        long kind = 0;
        float real = 0;
        long whole = 0;
        String text = "";
        TensorProto tensor = null;
        Graph graph = null;
        Numbers floats = new Numbers(ElementType.FLOAT);
        Numbers ints = new Numbers(ElementType.INT64);
        List<String> texts = new ArrayList<>();
        for (int tag = in.tag(); tag != 0; tag = in.tag()) {
            switch (tag) {
                case 1 << 3 | 2 -> name = in.text();
                case 2 << 3 | 5 -> real = in.float32();
                case 3 << 3 -> whole = in.varint();
                case 4 << 3 | 2 -> text = in.text();
                case 5 << 3 | 2 -> tensor = tensors.read(in.message());
                case 6 << 3 | 2 -> graph = graph(in.message(), depth + 1);
                case 7 << 3 | 2, 7 << 3 | 5 -> floats.read(in, tag);
                case 8 << 3 | 2, 8 << 3 -> ints.read(in, tag);
                case 9 << 3 | 2 -> texts.add(in.text());
                case 20 << 3 -> kind = in.varint();
                default -> in.skip(tag);
            }
        }
        boolean missing = kind == 4 && tensor == null || kind == 5 && graph == null;
        if (kind < 1 || kind > 14 || missing) {
            throw in.error("attribute '" + name + "' of kind " + kind + (missing ? " has no value" : " is unknown"));
        }
        attributes.put(
                name,
                switch ((int) kind) {
                    case 1 -> new Attribute.OfFloat(real);
                    case 2 -> new Attribute.OfInt(whole);
                    case 3 -> new Attribute.OfString(text);
                    case 4 -> new Attribute.OfTensor(Objects.requireNonNull(tensor));
                    case 5 -> new Attribute.OfGraph(Objects.requireNonNull(graph));
                    case 6 -> new Attribute.OfFloats(floats.toTensor(name).floats());
                    case 7 -> new Attribute.OfInts(ints.toTensor(name).longs());
                    case 8 -> new Attribute.OfStrings(texts);
                    default -> new Attribute.Other((int) kind);
                });
    }
}
