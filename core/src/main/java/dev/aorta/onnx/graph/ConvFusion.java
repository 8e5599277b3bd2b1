package dev.aorta.onnx.graph;

import dev.aorta.backend.Unary;
import dev.aorta.onnx.operators.Fused;
import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.value.HostValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is done in a convolution's kernel: behind it a sum with another value and a function of each element, before it a gate. */
final class ConvFusion {
    /** Functions whose values are gates. */
    private static final Set<String> GATES = Set.of("Sigmoid", "HardSigmoid");

    private final GraphEditor graph;
    private final Map<String, Integer> fused;

    private ConvFusion(GraphEditor graph, Map<String, Integer> fused) {
        this.graph = graph;
        this.fused = fused;
    }

    /** Fuses all that can be fused, and counts it by name. */
    static void apply(GraphEditor graph, Map<String, Integer> fused) {
        ConvFusion fusion = new ConvFusion(graph, fused);
        for (Node node : graph.nodes()) {
            if (node.opType().equals("Add") && node.domain().isEmpty()) {
                fusion.add(node);
            }
        }
        for (Node node : graph.nodes()) {
            Unary f = fusion.function(node);
            if (f != null) {
                fusion.then(node, f);
            }
        }
        for (Node node : graph.nodes()) {
            fusion.gate(node);
        }
    }

    /** A 1x1 convolution of what a gate has multiplied, as squeeze and excitation does; whether one gate is for a channel shows when it runs. */
    private void gate(Node conv) {
        String image = conv.inputs().isEmpty() ? "" : conv.inputs().getFirst();
        Node product = graph.maker(image);
        if (!ConvNodes.isPointwise(conv, graph.initializers())
                || product == null
                || !product.opType().equals("Mul")
                || !product.domain().isEmpty()
                || graph.isOutput(image)
                || graph.users(image).size() > 1
                || conv.inputs().lastIndexOf(image) > 0) {
            return;
        }
        for (int i = 0; i < 2; i++) {
            Node maker = graph.maker(product.inputs().get(i));
            String other = product.inputs().get(1 - i);
            if (maker != null
                    && maker.domain().isEmpty()
                    && GATES.contains(maker.opType())
                    && !graph.initializers().containsKey(other)) {
                List<String> inputs = new ArrayList<>(conv.inputs());
                while (inputs.size() < Fused.SCALE) {
                    inputs.add("");
                }
                inputs.set(0, other);
                inputs.add(product.inputs().get(i));
                graph.replace(
                        conv,
                        List.of(product),
                        new Node(conv.name(), "", "Conv", inputs, conv.outputs(), conv.attributes()));
                fused.merge("Mul + Conv", 1, Integer::sum);
                return;
            }
        }
    }

    /**
     * Only what an earlier node makes is added: a weight may be broadcast, and its layout is not that of an image; and a convolution
     * does not move behind others, so that what is loaded is saved in the same order.
     */
    private void add(Node sum) {
        for (int i = 0; i < 2; i++) {
            Node conv = convolution(sum.inputs().get(i));
            String other = sum.inputs().get(1 - i);
            Node maker = graph.maker(other);
            if (conv != null
                    && maker != null
                    && graph.precedes(maker, conv)
                    && conv.inputs().size() <= Fused.ADDED) {
                List<String> inputs = new ArrayList<>(conv.inputs());
                while (inputs.size() < Fused.ADDED) {
                    inputs.add("");
                }
                inputs.add(other);
                replace(sum, conv, inputs, conv.attributes());
                return;
            }
        }
    }

    private void then(Node node, Unary f) {
        Node conv = convolution(node.inputs().getFirst());
        if (conv != null) {
            SequencedMap<String, Attribute> attributes = new LinkedHashMap<>(conv.attributes());
            attributes.put(Fused.THEN, new Attribute.OfString(f.kind().name()));
            attributes.put(Fused.THEN_A, new Attribute.OfFloat(f.a()));
            attributes.put(Fused.THEN_B, new Attribute.OfFloat(f.b()));
            replace(node, conv, conv.inputs(), attributes);
        }
    }

    private void replace(Node last, Node conv, List<String> inputs, SequencedMap<String, Attribute> attributes) {
        graph.replace(last, List.of(conv), new Node(conv.name(), "", "Conv", inputs, last.outputs(), attributes));
        String name = last.opType().equals(Fused.SILU) ? "SiLU" : last.opType();
        fused.merge("Conv + " + name, 1, Integer::sum);
    }

    /** The convolution that makes a value for one node alone and that no function follows yet, or null. */
    private @Nullable Node convolution(String value) {
        Node maker = graph.maker(value);
        boolean sole = maker != null
                && ConvNodes.isConvolution(maker)
                && !maker.attributes().containsKey(Fused.THEN)
                && !graph.isOutput(value)
                && graph.users(value).size() == 1;
        return sole ? maker : null;
    }

    /** The function of each element that a node is, where a convolution's kernel has it; else null. */
    private @Nullable Unary function(Node node) {
        if (!node.domain().isEmpty()) {
            return null;
        }
        return switch (node.opType()) {
            case "Relu" -> Unary.RELU;
            case Fused.SILU -> Unary.of(Unary.Kind.SILU);
            case "HardSwish" -> Unary.of(Unary.Kind.HARD_SWISH);
            case "Clip" -> clip(node);
            default -> null;
        };
    }

    /** Bounds are attributes before opset 11 and inputs since; both must be known. */
    private @Nullable Unary clip(Node node) {
        Float low = bound(node, 1, "min");
        Float high = bound(node, 2, "max");
        return low == null || high == null ? null : new Unary(Unary.Kind.CLAMP, Math.min(low, high), high);
    }

    private @Nullable Float bound(Node node, int input, String attribute) {
        if (node.inputs().size() > input && !node.inputs().get(input).isEmpty()) {
            HostValue known = graph.constant(node.inputs().get(input));
            return known != null && known.size() == 1 ? (float) known.real(0) : null;
        }
        return node.attributes().get(attribute) instanceof Attribute.OfFloat f ? f.value() : null;
    }
}
