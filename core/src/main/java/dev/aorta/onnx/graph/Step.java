package dev.aorta.onnx.graph;

import dev.aorta.onnx.OnnxException;
import dev.aorta.onnx.operators.Call;
import dev.aorta.onnx.operators.Operator;
import dev.aorta.onnx.proto.Node;
import dev.aorta.onnx.value.Value;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node of a plan.
 *
 * @param node what is run
 * @param operator how
 * @param inputs numbers of the values that it uses, -1 for one that is not there
 * @param outputs numbers of the values that it makes, -1 for one that is not wanted
 * @param last numbers of the values that nothing uses afterwards
 */
record Step(Node node, Operator operator, int[] inputs, int[] outputs, int[] last) {
    /**
     * Runs an operator.
     *
     * @throws OnnxException naming the node, whatever goes wrong
     */
    static List<Value> run(@Nullable Operator operator, Call call) {
        if (operator == null) {
            throw OnnxException.unsupported(call.describe() + " is not supported");
        }
        try {
            return operator.run().of(call);
        } catch (OnnxException e) {
            throw e;
        } catch (RuntimeException e) {
            OnnxException named = OnnxException.invalid(call.describe() + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }
}
