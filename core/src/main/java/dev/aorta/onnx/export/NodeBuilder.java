package dev.aorta.onnx.export;

import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.Node;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** One node in the making. */
final class NodeBuilder {
    private final GraphBuilder graph;
    private final String opType;
    private final List<String> inputs;
    private final SequencedMap<String, Attribute> attributes = new LinkedHashMap<>();

    NodeBuilder(GraphBuilder graph, String opType, List<String> inputs) {
        this.graph = graph;
        this.opType = opType;
        this.inputs = inputs;
    }

    NodeBuilder with(String name, int value) {
        attributes.put(name, new Attribute.OfInt(value));
        return this;
    }

    NodeBuilder with(String name, float value) {
        attributes.put(name, new Attribute.OfFloat(value));
        return this;
    }

    NodeBuilder with(String name, String value) {
        attributes.put(name, new Attribute.OfString(value));
        return this;
    }

    NodeBuilder with(String name, long... value) {
        attributes.put(name, new Attribute.OfInts(value));
        return this;
    }

    /** Adds the node and returns the name of its output. */
    String out() {
        String name = graph.unique(graph.layer().isEmpty() ? opType : graph.layer() + "/" + opType);
        graph.add(Node.of(name, opType, inputs, List.of(name), attributes));
        return name;
    }
}
