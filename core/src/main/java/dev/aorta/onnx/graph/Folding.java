package dev.aorta.onnx.graph;

import dev.aorta.Scope;
import dev.aorta.onnx.OnnxException;
import dev.aorta.onnx.operators.Call;
import dev.aorta.onnx.operators.Operator;
import dev.aorta.onnx.operators.Operators;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs once, when a model is loaded, what depends on constants alone. Weights do not count as constants. */
final class Folding {
    private static final int MOST_ELEMENTS = 1 << 24;

    private Folding() {}

    static void apply(GraphEditor graph, Call.Site site) {
        Call.Site limited =
                new Call.Site(site.file(), site.opset(), site.device(), Math.min(site.maxElements(), MOST_ELEMENTS));
        graph.nodes().forEach(node -> dropUnusedSecond(graph, node));
        for (Node node : graph.nodes()) {
            boolean passes = node.opType().equals("Identity")
                    || node.opType().equals("Dropout") && node.inputs().size() == 1 && outputs(node) == 1;
            if (passes && !graph.isOutput(node.outputs().getFirst())) {
                graph.remove(node);
                graph.rename(node.outputs().getFirst(), node.inputs().getFirst());
            }
        }
        for (Node node : graph.nodes()) {
            @Nullable Value[] inputs = constants(graph, node);
            if (inputs == null) {
                continue;
            }
            if (!fold(graph, node, new Call(limited, node, inputs))) {
                continue;
            }
            if (node.outputs().stream().noneMatch(graph::isOutput)) {
                graph.remove(node);
            }
        }
    }

    /** Returns false for what fails or is too large to keep: it fails again, or is computed, when the model is run. */
    private static boolean fold(GraphEditor graph, Node node, Call call) {
        try (Scope scope = Scope.noGrad("an ONNX network")) {
            List<Value> results = Step.run(Operators.of(node.opType()), call);
            for (int i = 0; i < Math.min(results.size(), node.outputs().size()); i++) {
                if (!node.outputs().get(i).isEmpty()) {
                    graph.constants().put(node.outputs().get(i), results.get(i).host());
                }
            }
            return results.size() >= node.outputs().size();
        } catch (OnnxException e) {
            return false;
        }
    }

    /** The places of maxima and the mask of a dropout cost much, and mostly nobody asks for them. */
    private static void dropUnusedSecond(GraphEditor graph, Node node) {
        boolean optional = node.opType().equals("MaxPool") || node.opType().equals("Dropout");
        String second = optional && node.outputs().size() == 2 ? node.outputs().getLast() : "";
        if (!second.isEmpty() && graph.users(second).isEmpty() && !graph.isOutput(second)) {
            List<String> first = node.outputs().subList(0, 1);
            Node by = new Node(node.name(), node.domain(), node.opType(), node.inputs(), first, node.attributes());
            graph.replace(node, List.of(), by);
        }
    }

    private static long outputs(Node node) {
        return node.outputs().stream().filter(o -> !o.isEmpty()).count();
    }

    /** The inputs of a node that has constant ones alone, else null. */
    private static @Nullable Value @Nullable [] constants(GraphEditor graph, Node node) {
        Operator operator = Objects.requireNonNull(Operators.of(node.opType()));
        @Nullable Value[] values = new Value[node.inputs().size()];
        for (int i = 0; i < values.length; i++) {
            String name = node.inputs().get(i);
            boolean readOnHost = operator.hostInputs().contains(i);
            HostValue known = name.isEmpty() ? null : graph.constant(name);
            if (known == null && readOnHost && graph.initializers().containsKey(name)) {
                known = HostValue.of(Objects.requireNonNull(graph.initializers().get(name)));
            }
            if (known == null && !name.isEmpty() || operator.weightInputs().contains(i)) {
                return null;
            }
            values[i] = known;
        }
        return values;
    }
}
