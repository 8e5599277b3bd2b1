package dev.aorta.onnx.export;

import dev.aorta.onnx.proto.Graph;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import dev.aorta.onnx.proto.ValueInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Nodes, stored tensors and their names, which follow from the network alone. */
final class GraphBuilder {
    private static final int LONGEST_NAMED_BY_CONTENT = 8;

    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Supplier<TensorProto>> initializers = new HashMap<>();
    private final Map<Object, String> stored = new HashMap<>(); // name of what is already there, by what it is
    private final Map<String, Integer> makers = new HashMap<>(); // place of the node that makes a value
    private final Set<String> names = new HashSet<>();
    private final Map<String, Integer> next = new HashMap<>();
    private String layer = "";

    GraphBuilder(List<String> reserved) {
        names.addAll(reserved);
    }

    /** Begins the nodes of a layer. */
    void enter(String name) {
        layer = name;
    }

    String layer() {
        return layer;
    }

    /** A name that nothing else has: the word, or the word and a number. */
    String unique(String word) {
        String name = word;
        while (!names.add(name)) {
            name = word + "_" + next.merge(word, 1, Integer::sum);
        }
        return name;
    }

    NodeBuilder node(String opType, String... inputs) {
        return new NodeBuilder(this, opType, Arrays.asList(inputs));
    }

    void add(Node node) {
        node.outputs().forEach(output -> makers.put(output, nodes.size()));
        nodes.add(node);
    }

    /** Whether a convolution makes a value, after another one was made by a node. */
    boolean isConvolvedAfter(String value, String other) {
        Integer a = makers.get(value);
        Integer b = makers.get(other);
        return a != null && b != null && b < a && nodes.get(a).opType().equals("Conv");
    }

    /** A stored float32 tensor, made when the file is written. */
    String floats(Object key, String name, Supplier<float[]> values, int... dims) {
        return stored.computeIfAbsent(key, k -> {
            String unique = unique(name);
            initializers.put(unique, () -> TensorProto.of(unique, values.get(), longs(dims)));
            return unique;
        });
    }

    /** A stored number. */
    String scalar(float value) {
        return floats(value, "scalar_" + value, () -> new float[] {value});
    }

    /** Stored whole numbers, one axis. */
    String ints(long... values) {
        return stored.computeIfAbsent(Arrays.toString(values), k -> {
            String content = Arrays.stream(values).mapToObj(Long::toString).collect(Collectors.joining("_"));
            String unique = unique("ints_" + (values.length <= LONGEST_NAMED_BY_CONTENT ? content : "long"));
            initializers.put(unique, () -> TensorProto.of(unique, values, values.length));
            return unique;
        });
    }

    static long[] longs(int... values) {
        return Arrays.stream(values).asLongStream().toArray();
    }

    /**
     * The whole graph.
     *
     * @param results name of each output within the graph
     */
    Graph build(String name, List<ValueInfo> inputs, List<String> results, List<ValueInfo> outputs) {
        Map<String, String> renamed = new HashMap<>();
        Set<String> made = nodes.stream().flatMap(n -> n.outputs().stream()).collect(Collectors.toSet());
        List<Node> all = new ArrayList<>(nodes);
        for (int i = 0; i < results.size(); i++) {
            String result = results.get(i);
            String output = outputs.get(i).name();
            if (!made.contains(result) || renamed.containsKey(result)) {
                String node = unique("Identity");
                all.add(Node.of(node, "Identity", List.of(result), List.of(output), new LinkedHashMap<>()));
            } else {
                renamed.put(result, output);
            }
        }
        Set<String> wanted = outputs.stream().map(ValueInfo::name).collect(Collectors.toCollection(HashSet::new));
        List<Node> needed = new ArrayList<>();
        for (Node n : all.reversed()) {
            Node node = renamed(n, renamed);
            if (node.outputs().stream().anyMatch(wanted::contains)) {
                needed.addFirst(node);
                wanted.addAll(node.inputs());
            }
        }
        List<TensorProto> used = needed.stream()
                .flatMap(n -> n.inputs().stream())
                .distinct()
                .filter(initializers::containsKey)
                .map(n -> Objects.requireNonNull(initializers.get(n)).get())
                .toList();
        return new Graph(name, needed, used, inputs, outputs);
    }

    private static Node renamed(Node n, Map<String, String> names) {
        List<String> inputs =
                n.inputs().stream().map(i -> names.getOrDefault(i, i)).toList();
        List<String> outputs =
                n.outputs().stream().map(o -> names.getOrDefault(o, o)).toList();
        return Node.of(n.name(), n.opType(), inputs, outputs, n.attributes());
    }
}
