package dev.aorta.onnx;

import dev.aorta.Device;
import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.Graph;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import dev.aorta.onnx.proto.ValueInfo;
import dev.aorta.onnx.proto.ValueInfo.Dim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;

/** Builds small models for tests. */
final class Models {
    private final long opset;
    private final List<Node> nodes = new ArrayList<>();
    private final List<TensorProto> stored = new ArrayList<>();
    private final List<ValueInfo> inputs = new ArrayList<>();
    private final List<ValueInfo> outputs = new ArrayList<>();

    private Models(long opset) {
        this.opset = opset;
    }

    static Models opset(long opset) {
        return new Models(opset);
    }

    /** A float input; an axis of -1 is free. */
    Models input(String name, long... dims) {
        inputs.add(value(name, dims));
        return this;
    }

    Models output(String name) {
        outputs.add(new ValueInfo(name, ElementType.FLOAT, null));
        return this;
    }

    private static ValueInfo value(String name, long... dims) {
        List<Dim> axes = Arrays.stream(dims)
                .mapToObj(d -> d < 0 ? (Dim) new Dim.Symbol("n") : new Dim.Fixed(d))
                .toList();
        return new ValueInfo(name, ElementType.FLOAT, axes);
    }

    Models floats(String name, float[] values, long... dims) {
        stored.add(TensorProto.of(name, values, dims));
        return this;
    }

    /** A weight of normal numbers. */
    Models weight(String name, Random random, long... dims) {
        float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return floats(name, values, dims);
    }

    Models number(String name, double value) {
        return floats(name, new float[] {(float) value});
    }

    Models ints(String name, long... values) {
        stored.add(TensorProto.of(name, values, values.length));
        return this;
    }

    /** A node; {@code "Conv x,w y"} has the inputs x and w and the output y. */
    Models node(String spec, Object... attributes) {
        String[] parts = spec.split(" ");
        SequencedMap<String, Attribute> all = new LinkedHashMap<>();
        for (int i = 0; i < attributes.length; i += 2) {
            all.put((String) attributes[i], attribute(attributes[i + 1]));
        }
        List<String> in = parts[1].equals("-") ? List.of() : List.of(parts[1].split(",", -1));
        nodes.add(Node.of("", parts[0], in, List.of(parts[2].split(",")), all));
        return this;
    }

    private static Attribute attribute(Object value) {
        return switch (value) {
            case Integer i -> new Attribute.OfInt(i);
            case Float f -> new Attribute.OfFloat(f);
            case Double d -> new Attribute.OfFloat(d.floatValue());
            case String s -> new Attribute.OfString(s);
            case long[] ints -> new Attribute.OfInts(ints);
            case TensorProto t -> new Attribute.OfTensor(t);
            case Graph g -> new Attribute.OfGraph(g);
            default -> throw new IllegalArgumentException(String.valueOf(value));
        };
    }

    Model model() {
        Graph graph = new Graph("test", nodes, stored, inputs, outputs);
        return Model.of(8, "test", opset, new LinkedHashMap<>(Map.of("note", "made by a test")), graph);
    }

    OnnxNetwork load() {
        return load(Device.cpu());
    }

    OnnxNetwork load(Device device) {
        return Onnx.network("test.onnx", model(), device, 1 << 20);
    }
}
