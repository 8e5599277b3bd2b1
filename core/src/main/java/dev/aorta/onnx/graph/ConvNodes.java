package dev.aorta.onnx.graph;

import dev.aorta.onnx.proto.Attribute;
import dev.aorta.onnx.proto.Graph;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.proto.TensorProto;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a convolution of a {@link Graph} is, where its kernel is known and has two spatial axes. */
final class ConvNodes {
    private ConvNodes() {}

    static boolean isConvolution(Node node) {
        return node.opType().equals("Conv") && node.domain().isEmpty();
    }

    static boolean isPointwise(Node node, Map<String, TensorProto> initializers) {
        long[] kernel = kernel(node, initializers);
        return kernel != null && kernel[2] == 1 && kernel[3] == 1 && groups(node) == 1;
    }

    static boolean isDepthwise(Node node, Map<String, TensorProto> initializers) {
        long[] kernel = kernel(node, initializers);
        return kernel != null && kernel[1] == 1 && groups(node) == kernel[0];
    }

    private static long groups(Node node) {
        return node.attributes().get("group") instanceof Attribute.OfInt groups ? groups.value() : 1;
    }

    /** Extents of the kernel, (out, in / groups, kH, kW). */
    private static long @Nullable [] kernel(Node node, Map<String, TensorProto> initializers) {
        TensorProto w = isConvolution(node) ? initializers.get(node.inputs().get(1)) : null;
        return w != null && w.dims().length == 4 ? w.dims() : null;
    }
}
