package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;

/**
 * Operands of an operation on every element: their memory in one order of axes, that of the largest, so that our broadcasting
 * does what the standard's does.
 *
 * @param leader whose order and type the result has
 * @param dims extents of the result
 * @param order of the result
 * @param tensors the operands
 */
record Align(DeviceValue leader, int[] dims, int[] order, Tensor[] tensors) {
    static Align of(Call c, Value... operands) {
        int[] dims = operands[0].dims();
        DeviceValue leader = null;
        for (Value v : operands) {
            dims = Dims.broadcast(c.node().opType(), dims, v.dims());
            if (v instanceof DeviceValue d && (leader == null || d.size() > leader.size())) {
                leader = d;
            }
        }
        c.limited(dims);
        if (leader == null) {
            leader = c.device(operands[0]);
        }
        int[] order = extended(leader, dims.length).order();
        Tensor[] tensors = new Tensor[operands.length];
        for (int i = 0; i < operands.length; i++) {
            tensors[i] = extended(c.device(operands[i]), dims.length).to(order).trimmed();
        }
        return new Align(leader, dims, order, tensors);
    }

    /** The result of the operation. */
    DeviceValue result(Tensor y) {
        return leader.like(y, dims, order);
    }

    /** With axes of extent 1 in front, up to a rank. */
    static DeviceValue extended(DeviceValue v, int rank) {
        int more = rank - v.rank();
        if (more == 0) {
            return v;
        }
        int[] order = Dims.inOrder(rank);
        int[] own = v.order();
        for (int i = 0; i < own.length; i++) {
            order[more + i] = own[i] + more;
        }
        return v.like(v.raw(), Dims.extended(v.dims(), rank), order);
    }

    @Override
    public String toString() {
        return Arrays.toString(dims);
    }
}
