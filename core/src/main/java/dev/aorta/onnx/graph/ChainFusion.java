package dev.aorta.onnx.graph;

import dev.aorta.onnx.operators.Fused;
import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.Graph;
import dev.aorta.onnx.proto.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Convolutions that stand one behind the other in the file and whose results between them nobody else sees: a 1x1 convolution and a
 * depthwise one, and a further 1x1 convolution where there is one.
 */
final class ChainFusion {
    private final GraphEditor graph;

    private ChainFusion(GraphEditor graph) {
        this.graph = graph;
    }

    /** Makes chains, and counts them. */
    static void apply(GraphEditor graph, Map<String, Integer> fused) {
        ChainFusion fusion = new ChainFusion(graph);
        List<Node> nodes = graph.nodes();
        for (int i = 0; i + 1 < nodes.size(); i++) {
            if (fusion.isPointwise(nodes.get(i)) && fusion.follows(nodes, i) && fusion.isDepthwise(nodes.get(i + 1))) {
                boolean third =
                        i + 2 < nodes.size() && fusion.follows(nodes, i + 1) && fusion.isPointwise(nodes.get(i + 2));
                int length = third ? 3 : 2;
                fusion.join(nodes.subList(i, i + length));
                fused.merge(
                        third ? "1x1 Conv + depthwise Conv + 1x1 Conv" : "1x1 Conv + depthwise Conv", 1, Integer::sum);
                i += length - 1;
            }
        }
    }

    /** Whether the node behind one to which nothing is added is a convolution of its result, which nothing else uses. */
    private boolean follows(List<Node> nodes, int i) {
        String between = nodes.get(i).outputs().getFirst();
        Node next = nodes.get(i + 1);
        return nodes.get(i).inputs().size() <= Fused.ADDED
                && ConvNodes.isConvolution(next)
                && next.inputs().getFirst().equals(between)
                && next.inputs().lastIndexOf(between) == 0
                && graph.users(between).size() == 1
                && !graph.isOutput(between);
    }

    private boolean isPointwise(Node node) {
        return ConvNodes.isPointwise(node, graph.initializers())
                && node.inputs().size() <= Fused.SCALE;
    }

    private boolean isDepthwise(Node node) {
        return ConvNodes.isDepthwise(node, graph.initializers());
    }

    private void join(List<Node> chain) {
        List<String> inputs = new ArrayList<>();
        for (Node node : chain) {
            List<String> own = new ArrayList<>(node.inputs());
            own.addAll(Arrays.asList("", "", "").subList(0, Fused.STAGE - own.size()));
            if (!inputs.isEmpty()) {
                own.set(0, "");
            }
            inputs.addAll(own);
        }
        Node last = chain.getLast();
        SequencedMap<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put(Fused.CHAIN, new Attribute.OfGraph(new Graph("", chain, List.of(), List.of(), List.of())));
        graph.replace(
                last,
                chain.subList(0, chain.size() - 1),
                new Node(last.name(), "", Fused.CHAIN, inputs, last.outputs(), attributes));
    }
}
