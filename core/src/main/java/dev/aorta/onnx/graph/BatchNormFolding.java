package dev.aorta.onnx.graph;

import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A convolution whose output is normalised with fixed statistics is a convolution with other weights: {@code w' = w * s} and {@code
 * b' = (b - mean) * s + beta} with {@code s = gamma / sqrt(variance + epsilon)} for each output channel, as the exporters
 * themselves do it.
 */
final class BatchNormFolding {
    private BatchNormFolding() {}

    static void apply(GraphEditor graph, Map<String, Integer> fused) {
        for (Node norm : graph.nodes()) {
            Node by =
                    norm.opType().equals("BatchNormalization") && norm.domain().isEmpty() ? folded(graph, norm) : null;
            Node conv = by == null ? null : graph.maker(norm.inputs().getFirst());
            if (by != null && conv != null) {
                graph.replace(norm, List.of(conv), by);
                fused.merge("Conv + BatchNormalization", 1, Integer::sum);
            }
        }
    }

    private static @Nullable Node folded(GraphEditor graph, Node norm) {
        Node conv = norm.inputs().size() == 5 ? graph.maker(norm.inputs().getFirst()) : null;
        boolean training = norm.attributes().get("training_mode") instanceof Attribute.OfInt t && t.value() != 0;
        boolean perElement = norm.attributes().get("spatial") instanceof Attribute.OfInt s && s.value() == 0;
        if (conv == null
                || conv.inputs().size() < 2
                || !conv.opType().equals("Conv")
                || training
                || perElement
                || outputs(norm) != 1) {
            return null;
        }
        String between = norm.inputs().getFirst();
        TensorProto weight = own(graph, conv.inputs().get(1));
        boolean biased = conv.inputs().size() > 2 && !conv.inputs().get(2).isEmpty();
        TensorProto bias = biased ? own(graph, conv.inputs().get(2)) : null;
        TensorProto[] maps = new TensorProto[4];
        for (int i = 0; i < 4; i++) {
            maps[i] = graph.initializers().get(norm.inputs().get(i + 1));
        }
        int channels = weight == null || weight.dims().length < 3 ? 0 : Math.toIntExact(weight.dims()[0]);
        boolean fits = weight != null
                && channels > 0
                && (!biased || fits(bias, channels))
                && graph.users(between).size() == 1
                && !graph.isOutput(between);
        for (TensorProto map : maps) {
            fits &= fits(map, channels);
        }
        String biasName = weight == null || bias != null ? conv.inputs().getLast() : weight.name() + ".bias";
        if (!fits || weight == null || bias == null && graph.initializers().containsKey(biasName)) {
            return null;
        }
        double epsilon = norm.attributes().get("epsilon") instanceof Attribute.OfFloat e ? e.value() : 1e-5f;
        float[] w = weight.floats();
        float[] gamma = maps[0].floats();
        float[] beta = maps[1].floats();
        float[] mean = maps[2].floats();
        float[] variance = maps[3].floats();
        float[] b = bias == null ? new float[channels] : bias.floats();
        int each = w.length / channels;
        for (int c = 0; c < channels; c++) {
            double scale = gamma[c] / Math.sqrt(variance[c] + epsilon);
            for (int i = 0; i < each; i++) {
                w[c * each + i] *= (float) scale;
            }
            b[c] = (float) ((b[c] - mean[c]) * scale + beta[c]);
        }
        graph.initializers().put(weight.name(), TensorProto.of(weight.name(), w, weight.dims()));
        graph.initializers().put(biasName, TensorProto.of(biasName, b, channels));
        return new Node(
                conv.name(),
                "",
                "Conv",
                List.of(conv.inputs().getFirst(), weight.name(), biasName),
                norm.outputs().subList(0, 1),
                conv.attributes());
    }

    private static int outputs(Node node) {
        return (int) node.outputs().stream().filter(o -> !o.isEmpty()).count();
    }

    /** A stored weight that nothing else uses. */
    private static @Nullable TensorProto own(GraphEditor graph, String name) {
        TensorProto t = graph.initializers().get(name);
        return t != null && t.type().isFloat() && graph.users(name).size() == 1 && !graph.isOutput(name) ? t : null;
    }

    private static boolean fits(@Nullable TensorProto t, int channels) {
        return t != null && t.type().isFloat() && t.size() == channels;
    }
}
