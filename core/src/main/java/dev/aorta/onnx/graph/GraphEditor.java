package dev.aorta.onnx.graph;

import dev.aorta.onnx.OnnxException;
import dev.aorta.onnx.operators.Call;
import dev.aorta.onnx.proto.Graph;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import dev.aorta.onnx.proto.ValueInfo;
import dev.aorta.onnx.value.HostValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A graph whose nodes are replaced by others, always in an order in which they can run. */
final class GraphEditor {
    private final List<@Nullable Node> nodes = new ArrayList<>();
    private final Map<Node, Integer> places = new IdentityHashMap<>();
    private final Map<String, Node> makers = new HashMap<>();
    private final Map<String, Set<Node>> users = new HashMap<>();
    private final Map<String, TensorProto> initializers = new LinkedHashMap<>();
    private final Map<String, HostValue> constants = new HashMap<>();
    private final Set<String> outputs = new HashSet<>();

    /** @throws OnnxException when a value is made twice, or used before it is made */
    GraphEditor(String file, Graph graph) {
        Set<String> known = new HashSet<>();
        for (TensorProto t : graph.initializers()) {
            if (initializers.put(t.name(), t) != null) {
                throw OnnxException.invalid(file + ": there are two initializers '" + t.name() + "'");
            }
            known.add(t.name());
        }
        graph.inputs().forEach(v -> known.add(v.name()));
        boolean unnamed = known.contains("")
                || graph.outputs().stream().anyMatch(v -> v.name().isEmpty());
        if (unnamed) {
            throw OnnxException.invalid(file + ": an input, an output or an initializer has no name");
        }
        known.add("");
        for (Node node : graph.nodes()) {
            for (String input : node.inputs()) {
                if (!known.contains(input)) {
                    throw OnnxException.invalid(file + ": " + Call.describe(node) + " uses '" + input
                            + "', which no input, initializer or earlier node gives: the nodes must be in order and"
                            + " without a cycle");
                }
            }
            for (String output : node.outputs()) {
                if (!output.isEmpty() && !known.add(output)) {
                    throw OnnxException.invalid(
                            file + ": " + Call.describe(node) + " makes '" + output + "', which is there already");
                }
            }
            add(nodes.size(), node);
        }
        for (ValueInfo output : graph.outputs()) {
            if (!known.contains(output.name())) {
                throw OnnxException.invalid(file + ": nothing makes the output '" + output.name() + "'");
            }
            outputs.add(output.name());
        }
    }

    private void add(int place, Node node) {
        if (place == nodes.size()) {
            nodes.add(node);
        } else {
            nodes.set(place, node);
        }
        places.put(node, place);
        node.outputs().forEach(name -> makers.put(name, node));
        node.inputs()
                .forEach(name -> users.computeIfAbsent(name, n -> Collections.newSetFromMap(new IdentityHashMap<>()))
                        .add(node));
    }

    /** The nodes, in an order in which they can run. */
    List<Node> nodes() {
        return nodes.stream()
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
    }

    /** Whether a node runs before another one. */
    boolean precedes(Node first, Node second) {
        return Objects.requireNonNull(places.get(first)) < Objects.requireNonNull(places.get(second));
    }

    /** The node that makes a value, or null for an input, an initializer or a constant. */
    @Nullable
    Node maker(String value) {
        return makers.get(value);
    }

    /** The nodes that use a value. */
    Collection<Node> users(String value) {
        return users.getOrDefault(value, Set.of());
    }

    boolean isOutput(String value) {
        return outputs.contains(value);
    }

    Map<String, TensorProto> initializers() {
        return initializers;
    }

    /** Constants that were folded. */
    Map<String, HostValue> constants() {
        return constants;
    }

    /** A value that is known before anything runs; null for one that is not, and for weights. */
    @Nullable
    HostValue constant(String name) {
        HostValue known = constants.get(name);
        TensorProto stored = initializers.get(name);
        boolean small = stored != null
                && stored.type().bytes() > 0
                && (stored.size() <= 1 || !stored.type().isFloat());
        if (known == null && stored != null && small) {
            known = HostValue.of(stored);
            constants.put(name, known);
        }
        return known;
    }

    void remove(Node node) {
        Integer place = places.remove(node);
        if (place != null) {
            nodes.set(place, null);
            node.outputs().forEach(makers::remove);
            node.inputs().forEach(name -> users(name).remove(node));
        }
    }

    /** Puts a node where another one stood, which goes together with others. */
    void replace(Node root, Collection<Node> others, Node by) {
        int place = Objects.requireNonNull(places.get(root));
        others.forEach(this::remove);
        remove(root);
        add(place, by);
    }

    /** Has all that used a value use another one, made before it. */
    void rename(String from, String to) {
        for (Node user : List.copyOf(users(from))) {
            List<String> inputs =
                    user.inputs().stream().map(n -> n.equals(from) ? to : n).toList();
            replace(
                    user,
                    List.of(),
                    new Node(user.name(), user.domain(), user.opType(), inputs, user.outputs(), user.attributes()));
        }
    }
}
