package dev.aorta.bench.peers;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One computation with its gradients in both engines.
 *
 * @param name for tables
 * @param floor distances of gradients below it count as none, of outputs below a tenth
 * @param ours in Aorta
 * @param theirs in libtorch, in the precision asked for
 */
@SuppressWarnings("try") // scopes work by being open
record Twin(String name, double floor, Function<Device, Numbers> ours, Function<ScalarType, Numbers> theirs) {
    /** An operation, and the gradients of its output's product with random numbers. */
    static Twin of(Operation op) {
        return new Twin(op.name(), 1e-5, device -> ours(op, device), type -> theirs(op, type));
    }

    private static Numbers ours(Operation op, Device device) {
        try (Scope scope = Scope.open()) {
            Tensor[] x = op.operands().stream().map(o -> o.on(device)).toArray(Tensor[]::new);
            Tensor y = op.ours().of(x).keep();
            Numbers numbers = new Numbers();
            numbers.outputs().put("output", Numbers.doubles(y.toArray()));
            if (differentiable(op)) {
                Tensor weights = Operand.normal(y.shape().dims()).constant().on(device);
                Gradients gradients = y.mul(weights).sum().backward();
                for (int i = 0; i < x.length; i++) {
                    if (op.operands().get(i).gradient()) {
                        float[] gradient = gradients.of(x[i]).toArray();
                        numbers.gradients().put("input " + i, Numbers.doubles(gradient));
                    }
                }
            }
            return numbers;
        }
    }

    private static Numbers theirs(Operation op, ScalarType type) {
        try (PointerScope scope = new PointerScope()) {
            var x = op.operands().stream().map(o -> o.inTorch(type)).toArray(org.bytedeco.pytorch.Tensor[]::new);
            var y = op.theirs().of(x);
            Numbers numbers = new Numbers();
            numbers.outputs().put("output", Libtorch.values(y));
            if (differentiable(op)) {
                int[] dims = new int[Math.toIntExact(y.dim())];
                for (int i = 0; i < dims.length; i++) {
                    dims[i] = Math.toIntExact(y.size(i));
                }
                Operand weights = Operand.normal(dims).constant();
                torch.mul(y, weights.inTorch(type)).sum().backward();
                for (int i = 0; i < x.length; i++) {
                    if (op.operands().get(i).gradient()) {
                        numbers.gradients().put("input " + i, Libtorch.values(x[i].grad()));
                    }
                }
            }
            return numbers;
        }
    }

    private static boolean differentiable(Operation op) {
        return op.operands().stream().anyMatch(Operand::gradient);
    }
}
