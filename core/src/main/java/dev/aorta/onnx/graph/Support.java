package dev.aorta.onnx.graph;

import dev.aorta.onnx.OnnxException;
import dev.aorta.onnx.operators.Call;
import dev.aorta.onnx.operators.Operator;
import dev.aorta.onnx.operators.Operators;
import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import dev.aorta.onnx.proto.ValueInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What of a model can be seen to be unsupported before it is run: all of it in one error. */
public final class Support {
    private static final int MOST_LINES = 40;
    private static final Set<String> SPATIAL =
            Set.of("Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "MaxUnpool");

    private Support() {}

    /** Each node or value that is not supported, and why. */
    public static List<String> missing(Model model) {
        List<String> missing = new ArrayList<>();
        long opset = model.opset();
        if (opset < Operators.OLDEST || opset > Operators.NEWEST) {
            missing.add("opset " + opset + " (supported are " + Operators.OLDEST + " to " + Operators.NEWEST + ")");
        }
        for (ValueInfo input : model.graph().inputs()) {
            if (input.type().bytes() == 0) {
                missing.add(
                        "input '" + input.name() + "' of type " + input.type().label() + users(model, input.name()));
            }
        }
        Map<String, TensorProto> stored = new HashMap<>();
        for (TensorProto t : model.graph().initializers()) {
            stored.put(t.name(), t);
            if (t.type().bytes() == 0) {
                missing.add("initializer " + t);
            }
        }
        for (Node node : model.graph().nodes()) {
            String why = why(node, stored);
            if (why != null) {
                missing.add(Call.describe(node) + why);
            }
        }
        return missing;
    }

    private static @Nullable String why(Node node, Map<String, TensorProto> stored) {
        Operator operator = node.domain().isEmpty() ? Operators.of(node.opType()) : null;
        if (operator == null || operator.name().startsWith("\0")) {
            return "";
        }
        for (Map.Entry<String, Attribute> a : node.attributes().entrySet()) {
            if (!operator.attributes().contains(a.getKey()) || a.getKey().startsWith("\0")) {
                return " with attribute '" + a.getKey() + "'";
            }
            if (a.getValue() instanceof Attribute.OfTensor t
                    && unreadable(t.value().type())) {
                return " with a tensor of " + t.value().type().label();
            }
        }
        if (SPATIAL.contains(node.opType())) {
            long axes = node.attributes().get("kernel_shape") instanceof Attribute.OfInts k ? k.value().length : 0;
            TensorProto weight =
                    node.inputs().size() > 1 ? stored.get(node.inputs().get(1)) : null;
            axes = Math.max(axes, weight == null ? 0 : weight.dims().length - 2);
            if (axes > 2) {
                return " with " + axes + " spatial axes";
            }
        }
        return null;
    }

    private static String users(Model model, String value) {
        return model.graph().nodes().stream()
                .filter(n -> n.inputs().contains(value))
                .findFirst()
                .map(n -> ", for " + Call.describe(n))
                .orElse("");
    }

    private static boolean unreadable(ElementType type) {
        return type.bytes() == 0;
    }

    /** @throws OnnxException naming every node that is not supported */
    public static void require(String file, Model model) {
        List<String> missing = missing(model);
        if (!missing.isEmpty()) {
            String more = missing.size() > MOST_LINES ? "\n    and " + (missing.size() - MOST_LINES) + " more" : "";
            throw OnnxException.unsupported(file + " (opset " + model.opset() + ") needs what is not supported:\n    "
                    + String.join("\n    ", missing.subList(0, Math.min(MOST_LINES, missing.size()))) + more);
        }
    }
}
