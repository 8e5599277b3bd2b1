package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import dev.aorta.backend.Unary;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Functions of one number. */
final class Pointwise {
    private static final DoubleUnaryOperator FLAT = x -> 0;

    private Pointwise() {}

    static List<Operator> rows() {
        return List.of(
                whole("Neg", Tensor::neg, x -> -x, x -> -x),
                whole("Abs", Tensor::abs, Math::abs, Math::abs),
                whole("Sign", Tensor::sign, Math::signum, Long::signum),
                kernel("Exp", Tensor::exp, Math::exp),
                kernel("Log", Tensor::log, Math::log),
                kernel("Sqrt", Tensor::sqrt, Math::sqrt),
                kernel("Reciprocal", Tensor::reciprocal, x -> 1 / x),
                kernel("Erf", Tensor::erf, new Unary(Unary.Kind.ERF, 0, 0)::value),
                kernel("Relu", Tensor::relu, x -> Math.max(x, 0)),
                kernel("Sigmoid", Tensor::sigmoid, Unary.SIGMOID::value),
                kernel("Tanh", Tensor::tanh, Math::tanh),
                kernel("Sinh", Tensor::sinh, Math::sinh),
                kernel("Softplus", Tensor::softplus, Unary.of(Unary.Kind.SOFTPLUS)::value),
                kernel("Softsign", t -> t.div(t.abs().add(1)), x -> x / (1 + Math.abs(x))),
                kernel("HardSwish", Tensor::hardSwish, Unary.of(Unary.Kind.HARD_SWISH)::value),
                kernel("Mish", t -> t.mul(t.softplus().tanh()), x -> x * Math.tanh(Math.log1p(Math.exp(x)))),
                function("Cosh", Math::cosh, Math::sinh),
                function("Sin", Math::sin, Math::cos),
                function("Cos", Math::cos, x -> -Math.sin(x)),
                function("Tan", Math::tan, x -> 1 + Math.tan(x) * Math.tan(x)),
                function("Asin", Math::asin, x -> 1 / Math.sqrt(1 - x * x)),
                function("Acos", Math::acos, x -> -1 / Math.sqrt(1 - x * x)),
                function("Atan", Math::atan, x -> 1 / (1 + x * x)),
                function("Asinh", Pointwise::asinh, x -> 1 / Math.sqrt(x * x + 1)),
                function("Acosh", x -> Math.log(x + Math.sqrt(x * x - 1)), x -> 1 / Math.sqrt(x * x - 1)),
                function("Atanh", x -> 0.5 * Math.log((1 + x) / (1 - x)), x -> 1 / (1 - x * x)),
                function("Floor", Math::floor, FLAT),
                function("Ceil", Math::ceil, FLAT),
                function("Round", Math::rint, FLAT),
                Operator.of("Not", "", c -> not(c, c.in(0))),
                Operator.of("BitwiseNot", "", c -> map(c, c.host(0), x -> ~x, x -> x)),
                Operator.of("IsNaN", "", c -> truth(c.host(0), Double::isNaN)),
                Operator.of("IsInf", "detect_negative detect_positive", Pointwise::isInfinite),
                Operator.of("Identity", "", c -> c.in(0)));
    }

    private static double asinh(double x) {
        double size = Math.abs(x);
        return Math.copySign(Math.log(size + Math.sqrt(size * size + 1)), x);
    }

    private static Operator kernel(String name, UnaryOperator<Tensor> kernel, DoubleUnaryOperator f) {
        return Operator.of(name, "consumed_inputs", c -> map(c, c.in(0), kernel, null, f));
    }

    private static Operator whole(
            String name, UnaryOperator<Tensor> kernel, DoubleUnaryOperator f, LongUnaryOperator whole) {
        return Operator.of(name, "consumed_inputs", c -> map(c, c.in(0), kernel, whole, f));
    }

    private static Operator function(String name, DoubleUnaryOperator f, DoubleUnaryOperator slope) {
        UnaryOperator<Tensor> op = t -> Tensor.apply(new HostFunction(name, t.shape(), f, slope), t);
        return Operator.of(name, "", c -> map(c, c.in(0), op, null, f));
    }

    private static Value map(
            Call c, Value x, UnaryOperator<Tensor> kernel, @Nullable LongUnaryOperator whole, DoubleUnaryOperator f) {
        if (x instanceof DeviceValue d && d.type().isFloat()) {
            return d.map(kernel);
        }
        HostValue h = x.host();
        if (!h.isReal() && whole == null) {
            throw c.unsupported("elements of " + h.type().label());
        }
        return map(c, h, whole == null ? v -> v : whole, f);
    }

    /** A function of every element, on the host. */
    static HostValue map(Call c, HostValue x, LongUnaryOperator whole, DoubleUnaryOperator real) {
        double[] reals = x.isReal() ? x.toDoubles() : new double[0];
        if (x.isReal()) {
            for (int i = 0; i < reals.length; i++) {
                reals[i] = real.applyAsDouble(reals[i]);
            }
            return HostValue.of(x.type(), x.dims(), reals);
        }
        return HostValue.of(
                x.type(), x.dims(), LongStream.of(x.toLongs()).map(whole).toArray());
    }

    private interface Test {
        boolean of(double x);
    }

    private static HostValue truth(HostValue x, Test test) {
        long[] result = new long[x.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = test.of(x.real(i)) ? 1 : 0;
        }
        return HostValue.of(ElementType.BOOL, x.dims(), result);
    }

    private static Value isInfinite(Call c) {
        boolean negative = c.integer("detect_negative", 1) != 0;
        boolean positive = c.integer("detect_positive", 1) != 0;
        return truth(c.host(0), x -> Double.isInfinite(x) && (x > 0 ? positive : negative));
    }

    private static Value not(Call c, Value x) {
        return x instanceof DeviceValue d
                ? d.map(t -> t.mul(-1).add(1))
                : map(c, x.host(), v -> v == 0 ? 1 : 0, v -> v);
    }
}
