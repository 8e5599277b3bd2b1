package dev.aorta.onnx.proto;

import java.util.List;

/**
 * A computation: nodes in an order in which each can run.
 *
 * @param name of the graph
 * @param nodes in order
 * @param initializers the stored tensors, weights among them
 * @param inputs what is fed; older files list the initializers here too
 * @param outputs what comes out
 */
public record Graph(
        String name,
        List<Node> nodes,
        List<TensorProto> initializers,
        List<ValueInfo> inputs,
        List<ValueInfo> outputs) {
    public Graph {
        nodes = List.copyOf(nodes);
        initializers = List.copyOf(initializers);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }
}
