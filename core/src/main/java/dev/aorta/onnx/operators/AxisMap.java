package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;

/** A linear map along one axis: element o of the result is {@code sum of matrix[o, i] * x[i]}. */
final class AxisMap {
    private AxisMap() {}

    /** @param matrix (out, in), row-major */
    static DeviceValue apply(Call c, DeviceValue x, int axis, float[] matrix, int out) {
        int in = x.dim(axis);
        int[] memory = Dims.permuted(x.dims(), x.order());
        int position = x.position(axis);
        int outer = Dims.product(memory, 0, position);
        int inner = Dims.product(memory, position + 1, memory.length);
        Tensor map = Tensor.of(c.on(), matrix, out, in);
        Tensor y = inner == 1
                ? x.shaped(outer, in).linear(map, null)
                : outer == 1 ? map.matmul(x.shaped(in, inner)) : map.matmul(x.shaped(outer, in, inner));
        return x.like(y, Dims.with(x.dims(), axis, out), x.order());
    }
}
