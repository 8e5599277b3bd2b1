package dev.aorta.onnx.export;

import dev.aorta.op.Op;
import java.util.List;
import java.util.function.Function;

/**
 * An operation of the network.
 *
 * @param ops it at each of the traced sizes; of one class
 * @param inputs its operands
 * @param output its result
 * @param layer name of the layer it belongs to, or empty
 */
record Step(List<Op> ops, List<Value> inputs, Value output, String layer) {
    /** The operation at the size that was asked for. */
    Op op() {
        return ops.getFirst();
    }

    Value in(int i) {
        return inputs.get(i);
    }

    /** Something of the operation at each size. */
    <O extends Op, T> List<T> each(Class<O> type, Function<O, T> of) {
        return ops.stream().map(op -> of.apply(type.cast(op))).toList();
    }

    /** Something of the operation that must not depend on the size. */
    <O extends Op, T> T same(Class<O> type, Function<O, T> of) {
        List<T> each = each(type, of);
        if (each.stream().distinct().count() > 1) {
            throw new SizeDependence(this + ": its constants depend on the size, " + each);
        }
        return each.getFirst();
    }

    /** For messages, for example {@code [conv2d] enc1.conv1}. */
    @Override
    public String toString() {
        return "[" + op().name() + "]" + (layer.isEmpty() ? "" : " " + layer);
    }
}
