package dev.aorta.onnx.graph;

import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.value.HostValue;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An expression that is looked for in a graph. */
sealed interface Pattern {
    /** Any value; everywhere the same under one name. */
    record Any(String name) implements Pattern {}

    /** A constant of one element, near a number. */
    record Number(double value) implements Pattern {}

    /** Any constant of one element. */
    record Scalar(String name) implements Pattern {}

    /** An initializer. */
    record Weight(String name) implements Pattern {}

    /** The result of an operator; operands of Add and Mul may stand the other way round. */
    record Op(String type, @Nullable String name, List<Pattern> inputs) implements Pattern {
        /** This under a name, so that {@link Any} of that name is the same value. */
        Op as(String other) {
            return new Op(type, other, inputs);
        }
    }

    static Pattern any(String name) {
        return new Any(name);
    }

    static Pattern number(double value) {
        return new Number(value);
    }

    static Pattern scalar(String name) {
        return new Scalar(name);
    }

    static Pattern weight(String name) {
        return new Weight(name);
    }

    static Op op(String type, Pattern... inputs) {
        return new Op(type, null, List.of(inputs));
    }

    /** What was found: values by name, and the nodes. */
    record Match(GraphEditor graph, Map<String, String> values, Map<String, Node> named, Set<Node> nodes) {
        String value(String name) {
            return Objects.requireNonNull(values.get(name));
        }

        /** The number of a {@link Scalar}. */
        double number(String name) {
            return Objects.requireNonNull(graph.constant(value(name))).real(0);
        }

        /** The node of an {@link Op} with a name. */
        Node node(String name) {
            return Objects.requireNonNull(named.get(name));
        }

        /** An attribute of such a node. */
        @Nullable
        Attribute attribute(String node, String attribute) {
            return node(node).attributes().get(attribute);
        }

        private Match copy() {
            Set<Node> all = Collections.newSetFromMap(new IdentityHashMap<>());
            all.addAll(nodes);
            return new Match(graph, new HashMap<>(values), new HashMap<>(named), all);
        }

        /** Whether nothing outside of the match uses what its inner nodes make. */
        private boolean isClosed(Node root) {
            for (Node node : nodes) {
                for (String output : node.outputs()) {
                    boolean inner = node != root;
                    if (inner && (graph.isOutput(output) || !nodes.containsAll(graph.users(output)))) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    /** The match whose last node is a given one, or null. */
    static @Nullable Match at(GraphEditor graph, Node root, Pattern pattern) {
        Match empty =
                new Match(graph, new HashMap<>(), new HashMap<>(), Collections.newSetFromMap(new IdentityHashMap<>()));
        Match match =
                root.outputs().isEmpty() ? null : match(pattern, root.outputs().getFirst(), empty);
        return match != null && match.isClosed(root) ? match : null;
    }

    private static @Nullable Match match(Pattern pattern, String value, Match so) {
        GraphEditor graph = so.graph;
        switch (pattern) {
            case Any any -> {
                return bind(any.name, value, so);
            }
            case Weight weight -> {
                return graph.initializers().containsKey(value) ? bind(weight.name, value, so) : null;
            }
            case Scalar scalar -> {
                HostValue constant = graph.constant(value);
                return constant != null && constant.size() == 1 ? bind(scalar.name, value, so) : null;
            }
            case Number number -> {
                HostValue constant = graph.constant(value);
                boolean near = constant != null
                        && constant.size() == 1
                        && Math.abs(constant.real(0) - number.value) <= 1e-5 * Math.abs(number.value);
                return near ? so : null;
            }
            case Op op -> {
                Node node = graph.maker(value);
                boolean fits = node != null
                        && node.opType().equals(op.type)
                        && node.domain().isEmpty()
                        && node.inputs().size() == op.inputs.size();
                if (node == null || !fits) {
                    return null;
                }
                Match with = so.copy();
                with.nodes.add(node);
                Match bound = op.name == null ? with : bind(op.name, value, with);
                if (bound == null) {
                    return null;
                }
                if (op.name != null) {
                    bound.named.put(op.name, node);
                }
                Match straight = inputs(op.inputs, node.inputs(), bound);
                boolean turns = op.inputs.size() == 2 && (op.type.equals("Add") || op.type.equals("Mul"));
                return straight != null || !turns
                        ? straight
                        : inputs(op.inputs, node.inputs().reversed(), bound);
            }
        }
    }

    private static @Nullable Match inputs(List<Pattern> patterns, List<String> values, Match so) {
        Match match = so;
        for (int i = 0; i < patterns.size() && match != null; i++) {
            match = match(patterns.get(i), values.get(i), match);
        }
        return match;
    }

    private static @Nullable Match bind(String name, String value, Match so) {
        String bound = so.values.get(name);
        if (bound != null) {
            return bound.equals(value) ? so : null;
        }
        Match with = so.copy();
        with.values.put(name, value);
        return with;
    }
}
