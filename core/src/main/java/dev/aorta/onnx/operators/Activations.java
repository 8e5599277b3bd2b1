package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Unary;
import dev.aorta.backend.Unary.Kind;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;

/** Activations with constants, and those over an axis. */
final class Activations {
    private Activations() {}

    static List<Operator> rows() {
        return List.of(
                kernel("LeakyRelu", "alpha consumed_inputs", c -> leaky(c.real("alpha", 0.01))),
                kernel("Elu", "alpha consumed_inputs", c -> of(Kind.ELU, c.real("alpha", 1), 0)),
                kernel("Celu", "alpha", c -> celu(c.real("alpha", 1))),
                kernel(
                        "Selu",
                        "alpha gamma consumed_inputs",
                        c -> selu(
                                c.real("alpha", c.opset() < 6 ? 1.6732 : 1.67326319217681884765625),
                                c.real("gamma", c.opset() < 6 ? 1.0507 : 1.05070102214813232421875))),
                kernel(
                        "HardSigmoid",
                        "alpha beta consumed_inputs",
                        c -> of(Kind.HARD_SIGMOID, c.real("alpha", 0.2), c.real("beta", 0.5))),
                kernel("Gelu", "approximate", Activations::gelu),
                kernel("Swish", "alpha", c -> swish(c.real("alpha", 1))),
                kernel(Fused.SILU, "", c -> Tensor::silu),
                kernel("ThresholdedRelu", "alpha", c -> thresholded(c.real("alpha", 1))),
                kernel("Shrink", "bias lambd", c -> shrink(c.real("bias", 0), c.real("lambd", 0.5))),
                Operator.of("Clip", "consumed_inputs max min", Activations::clip)
                        .host(1, 2),
                Operator.of("Softmax", "axis", c -> overAxis(c, Tensor::softmax)),
                Operator.of("LogSoftmax", "axis", c -> overAxis(c, Tensor::logSoftmax)),
                Operator.of("Hardmax", "axis", c -> overAxis(c, Activations::hardmax)));
    }

    private interface Kernel {
        UnaryOperator<Tensor> of(Call c);
    }

    private static Operator kernel(String name, String attributes, Kernel f) {
        return Operator.of(name, attributes, c -> c.device(0).map(f.of(c)));
    }

    private static UnaryOperator<Tensor> of(Kind kind, float a, float b) {
        return t -> t.map(new Unary(kind, a, b));
    }

    /** The kernel has no slope below 0. */
    private static UnaryOperator<Tensor> leaky(float alpha) {
        return alpha >= 0
                ? t -> t.leakyRelu(alpha)
                : t -> t.relu().sub(t.neg().relu().mul(alpha));
    }

    /** {@code max(0, x) + min(0, alpha (e^(x / alpha) - 1))}. */
    private static UnaryOperator<Tensor> celu(float alpha) {
        return t -> t.div(alpha).elu(1).mul(alpha);
    }

    private static UnaryOperator<Tensor> selu(float alpha, float gamma) {
        return t -> t.elu(alpha).mul(gamma);
    }

    private static UnaryOperator<Tensor> gelu(Call c) {
        return switch (c.text("approximate", "none")) {
            case "none" -> Tensor::gelu;
            case "tanh" -> Tensor::geluTanh;
            default -> throw c.invalid("approximate is '" + c.text("approximate", "") + "'");
        };
    }

    private static UnaryOperator<Tensor> swish(float alpha) {
        return alpha == 1 ? Tensor::silu : t -> t.mul(t.mul(alpha).sigmoid());
    }

    private static UnaryOperator<Tensor> thresholded(float alpha) {
        return t -> t.combine(Binary.WHERE, t.greater(number(t, alpha)));
    }

    private static UnaryOperator<Tensor> shrink(float bias, float lambda) {
        return t -> t.sub(bias)
                .combine(Binary.WHERE, t.greater(number(t, lambda)))
                .add(t.add(bias).combine(Binary.WHERE, t.less(number(t, -lambda))));
    }

    private static Tensor number(Tensor beside, float value) {
        return Tensor.of(beside.device(), new float[] {value}, 1);
    }

    /** Bounds are attributes before opset 11 and inputs since. */
    private static Value clip(Call c) {
        boolean asInputs = c.opset() >= 11;
        Value x = c.in(0);
        if (x instanceof HostValue h && !h.isReal()) {
            long least = c.has(1) ? c.host(1).whole(0) : Long.MIN_VALUE;
            long most = c.has(2) ? c.host(2).whole(0) : Long.MAX_VALUE;
            return Pointwise.map(c, h, v -> Math.min(Math.max(v, least), most), v -> v);
        }
        double least = asInputs ? c.number(1, Double.NEGATIVE_INFINITY) : c.real("min", Double.NEGATIVE_INFINITY);
        double most = asInputs ? c.number(2, Double.POSITIVE_INFINITY) : c.real("max", Double.POSITIVE_INFINITY);
        DoubleUnaryOperator f = v -> Math.min(Math.max(v, least), most);
        if (x instanceof HostValue h) {
            return Pointwise.map(c, h, v -> v, f);
        }
        float a = (float) least;
        float b = (float) most;
        return c.device(0).map(t -> t.clamp(Math.min(a, b), b));
    }

    /** Before opset 13 all axes from the stated one on were one. */
    private static Value overAxis(Call c, UnaryOperator<Tensor> f) {
        Value given = c.in(0);
        int axis = c.axis(c.integer("axis", c.opset() < 13 ? Math.min(1, given.rank() - 1) : -1), given.rank());
        if (given.size() == 0) {
            return given;
        }
        DeviceValue x = c.device(0);
        int[] dims = x.dims();
        boolean joined = c.opset() < 13 && Dims.product(dims, axis + 1, dims.length) > 1;
        if (joined) {
            int columns = Dims.product(dims, axis, dims.length);
            Tensor rows = x.to(Dims.inOrder(dims.length)).shaped(x.size() / columns, columns);
            return x.like(f.apply(rows), dims, Dims.inOrder(dims.length));
        }
        DeviceValue last = x.to(Dims.withLast(x.order(), axis));
        return last.like(f.apply(last.tensor()), dims, last.order());
    }

    private static Tensor hardmax(Tensor t) {
        int n = t.shape().dim(-1);
        float[] numbers = new float[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = i;
        }
        int[] column = Arrays.copyOf(t.shape().dims(), t.shape().rank());
        column[column.length - 1] = 1;
        return Tensor.of(t.device(), numbers, n).equal(t.argmax().reshape(column));
    }
}
