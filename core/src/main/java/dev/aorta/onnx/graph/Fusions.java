package dev.aorta.onnx.graph;

import static dev.aorta.onnx.graph.Pattern.any;
import static dev.aorta.onnx.graph.Pattern.number;
import static dev.aorta.onnx.graph.Pattern.op;
import static dev.aorta.onnx.graph.Pattern.scalar;
import static dev.aorta.onnx.graph.Pattern.weight;

import dev.aorta.onnx.graph.Pattern.Match;
import dev.aorta.onnx.operators.Fused;
import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What exporters spell out in many nodes and Aorta has one kernel for. */
final class Fusions {
    /** The node that a match becomes, or null when it does not fit after all. */
    private interface Rewrite {
        @Nullable
        Node of(Match match, Node root);
    }

    /**
     * One fusion.
     *
     * @param name for reports
     * @param pattern that is looked for
     * @param rewrite what it becomes
     */
    private record Rule(String name, Pattern pattern, Rewrite rewrite) {}

    private static final double ROOT_HALF = Math.sqrt(0.5);
    private static final double ROOT_TWO_OVER_PI = Math.sqrt(2 / Math.PI);

    private static final List<Rule> RULES = rules();

    private Fusions() {}

    private static List<Rule> rules() {
        Pattern x = any("x");
        List<Rule> rules = new ArrayList<>();
        rules.add(new Rule(
                "Softplus",
                op("Where", op("Greater", x, scalar("limit")), x, op("Softplus", x)),
                (m, root) -> m.number("limit") >= 20 ? node(root, "Softplus", m.value("x")) : null));
        rules.add(new Rule("Softplus", op("Log", op("Add", op("Exp", x), number(1))), to("Softplus")));
        rules.add(new Rule("SiLU", op("Mul", x, op("Sigmoid", x)), to(Fused.SILU)));
        rules.add(new Rule(
                "HardSwish",
                op("Mul", x, op("HardSigmoid", x).as("gate")),
                (m, root) -> near(m, "alpha", 0.2, 1 / 6.0) && near(m, "beta", 0.5, 0.5)
                        ? node(root, "HardSwish", m.value("x"))
                        : null));
        Pattern clipped = op("Clip", op("Add", x, number(3)), number(0), number(6));
        rules.add(new Rule("HardSwish", op("Div", op("Mul", x, clipped), number(6)), to("HardSwish")));
        rules.add(new Rule("HardSwish", op("Mul", x, op("Div", clipped, number(6))), to("HardSwish")));
        for (Pattern scaled : List.of(op("Div", x, number(Math.sqrt(2))), op("Mul", x, number(ROOT_HALF)))) {
            gelu(rules, op("Add", op("Erf", scaled), number(1)), "none");
        }
        Pattern cube = op("Pow", x, number(3));
        for (Pattern third : List.of(cube, op("Mul", x, op("Mul", x, x)))) {
            Pattern inner = op("Add", x, op("Mul", third, number(0.044715)));
            gelu(rules, op("Add", op("Tanh", op("Mul", inner, number(ROOT_TWO_OVER_PI))), number(1)), "tanh");
        }
        layerNorm(rules, x);
        rules.add(new Rule("GroupNorm", groupNorm(x), Fusions::groupNorm));
        rules.add(new Rule(
                "MatMul + Add",
                op("Add", op("MatMul", x, weight("w")), weight("b")),
                (m, root) -> isVector(m, "b") && rank(m, "w") == 2
                        ? node(root, Fused.LINEAR, m.value("x"), m.value("w"), m.value("b"))
                        : null));
        return rules;
    }

    private static void gelu(List<Rule> rules, Pattern gate, String approximate) {
        Pattern x = any("x");
        Rewrite rewrite = (m, root) ->
                node(root, "Gelu", attributes("approximate", new Attribute.OfString(approximate)), m.value("x"));
        rules.add(new Rule("GELU", op("Mul", op("Mul", x, gate), number(0.5)), rewrite));
        rules.add(new Rule("GELU", op("Mul", op("Mul", x, number(0.5)), gate), rewrite));
        rules.add(new Rule("GELU", op("Mul", x, op("Mul", gate, number(0.5))), rewrite));
    }

    private static void layerNorm(List<Rule> rules, Pattern x) {
        for (Pattern.Op mean : List.of(op("ReduceMean", x), op("ReduceMean", x, any("axes")))) {
            Pattern.Op centred = op("Sub", x, mean.as("mean")).as("d");
            Pattern d = any("d");
            for (Pattern square : List.of(op("Pow", d, number(2)), op("Mul", d, d))) {
                Pattern.Op spread =
                        mean.inputs().size() == 1 ? op("ReduceMean", square) : op("ReduceMean", square, any("axes2"));
                Pattern root = op("Sqrt", op("Add", spread.as("variance"), scalar("epsilon")));
                Pattern affine = op("Add", op("Mul", op("Div", centred, root), weight("gamma")), weight("beta"));
                rules.add(new Rule("LayerNorm", affine, Fusions::layerNorm));
            }
        }
    }

    /** The kernel has the last axis, which the scale must span: only then is its number of elements sure. */
    private static @Nullable Node layerNorm(Match m, Node root) {
        boolean last = lastAxis(m, "mean", "axes") && lastAxis(m, "variance", "axes2");
        if (!last || !isVector(m, "gamma") || !isVector(m, "beta")) {
            return null;
        }
        return node(
                root,
                "LayerNormalization",
                attributes("epsilon", new Attribute.OfFloat((float) m.number("epsilon"))),
                m.value("x"),
                m.value("gamma"),
                m.value("beta"));
    }

    private static boolean lastAxis(Match m, String node, String input) {
        var keep = m.attribute(node, "keepdims");
        if (keep instanceof Attribute.OfInt k && k.value() == 0) {
            return false;
        }
        if (m.attribute(node, "axes") instanceof Attribute.OfInts a) {
            return a.value().length == 1 && a.value()[0] == -1;
        }
        var axes = m.values().get(input) == null ? null : m.graph().constant(m.value(input));
        return axes != null && axes.size() == 1 && axes.whole(0) == -1;
    }

    private static Pattern groupNorm(Pattern x) {
        Pattern grouped = op("Reshape", x, any("groups"));
        Pattern normal =
                op("InstanceNormalization", grouped, any("ones"), any("zeros")).as("norm");
        return op("Add", op("Mul", op("Reshape", normal, any("shape")), weight("gamma")), weight("beta"));
    }

    /** PyTorch's group normalisation: (N, C, ..) as (N, groups, -1), normalised, and back. */
    private static @Nullable Node groupNorm(Match m, Node root) {
        var groups = m.graph().constant(m.value("groups"));
        boolean fits = groups != null
                && groups.size() == 3
                && groups.whole(0) == 0
                && groups.whole(2) == -1
                && all(m, "ones", 1)
                && all(m, "zeros", 0)
                && isBack(m)
                && perChannel(m, "gamma")
                && perChannel(m, "beta");
        if (groups == null || !fits) {
            return null;
        }
        SequencedMap<String, Attribute> attributes = attributes("num_groups", new Attribute.OfInt(groups.whole(1)));
        var epsilon = m.attribute("norm", "epsilon");
        if (epsilon != null) {
            attributes.put("epsilon", epsilon);
        }
        return node(
                root, Fused.GROUP_NORM, attributes, m.value("x"), m.value("gamma"), m.value("beta"), m.value("shape"));
    }

    /** Whether the shape that is gone back to has the channels of x as its second axis. */
    private static boolean isBack(Match m) {
        Node shape = m.graph().maker(m.value("shape"));
        boolean own = shape != null
                && shape.opType().equals("Shape")
                && shape.inputs().getFirst().equals(m.value("x"))
                && shape.attributes().isEmpty();
        var fixed = m.graph().constant(m.value("shape"));
        long[] channels = stored(m, "gamma").dims();
        boolean sized = fixed != null && fixed.size() == channels.length + 1 && fixed.whole(1) == channels[0];
        for (int i = 2; fixed != null && i < fixed.size(); i++) {
            sized &= fixed.whole(i) != 0;
        }
        return own || sized;
    }

    private static boolean all(Match m, String name, float value) {
        TensorProto t = m.graph().initializers().get(m.value(name));
        var folded = m.graph().constants().get(m.value(name));
        double[] values = t != null && t.type().isFloat() ? t.doubles() : folded != null ? folded.toDoubles() : null;
        return values != null && Arrays.stream(values).allMatch(v -> v == value);
    }

    /** Whether a weight is (C, 1, ..): one number for each channel of (N, C, ..). */
    private static boolean perChannel(Match m, String name) {
        long[] dims = stored(m, name).dims();
        return dims.length >= 2 && Arrays.stream(dims).skip(1).allMatch(d -> d == 1);
    }

    private static boolean isVector(Match m, String name) {
        return rank(m, name) == 1;
    }

    private static int rank(Match m, String name) {
        return stored(m, name).dims().length;
    }

    private static TensorProto stored(Match m, String name) {
        return Objects.requireNonNull(m.graph().initializers().get(m.value(name)));
    }

    private static boolean near(Match m, String attribute, double otherwise, double wanted) {
        double value = m.attribute("gate", attribute) instanceof Attribute.OfFloat f ? f.value() : otherwise;
        return Math.abs(value - wanted) < 1e-6;
    }

    private static Rewrite to(String opType) {
        return (m, root) -> node(root, opType, m.value("x"));
    }

    private static SequencedMap<String, Attribute> attributes(String name, Attribute value) {
        SequencedMap<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put(name, value);
        return attributes;
    }

    private static Node node(Node root, String opType, String... inputs) {
        return node(root, opType, new LinkedHashMap<>(), inputs);
    }

    private static Node node(Node root, String opType, SequencedMap<String, Attribute> attributes, String... inputs) {
        return new Node(root.name(), "", opType, List.of(inputs), root.outputs(), attributes);
    }

    /** Fuses all that can be fused, and counts it by name. */
    static SortedMap<String, Integer> apply(GraphEditor graph) {
        SortedMap<String, Integer> fused = new TreeMap<>();
        BatchNormFolding.apply(graph, fused);
        for (Rule rule : RULES) {
            String last = ((Pattern.Op) rule.pattern).type();
            for (Node node : graph.nodes()) {
                Match match = node.opType().equals(last) ? Pattern.at(graph, node, rule.pattern) : null;
                Node by = match == null ? null : rule.rewrite.of(match, node);
                if (match != null && by != null) {
                    graph.replace(node, List.copyOf(match.nodes()), by);
                    fused.merge(rule.name, 1, Integer::sum);
                }
            }
        }
        ConvFusion.apply(graph, fused);
        ChainFusion.apply(graph, fused);
        return fused;
    }
}
