package dev.aorta.onnx.operators;

import dev.aorta.Tensor;
import dev.aorta.backend.Binary;
import dev.aorta.backend.Unary;
import dev.aorta.onnx.proto.ElementType;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Dims;
import dev.aorta.onnx.value.HostValue;
import dev.aorta.onnx.value.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.LongBinaryOperator;
import org.jspecify.annotations.Nullable;

/** Functions of two numbers, broadcast. */
final class Arithmetic {
    /**
     * A function of two numbers.
     *
     * @param kernel of devices, or null when it is computed on the host alone
     * @param whole of whole numbers and truth values
     * @param real of real numbers
     * @param truth whether the result is a truth value
     */
    private record Function(
            @Nullable Binary kernel, LongBinaryOperator whole, DoubleBinaryOperator real, boolean truth) {}

    private static final Function ADD = new Function(Binary.ADD, (a, b) -> a + b, (a, b) -> a + b, false);
    private static final Function SUB = new Function(Binary.SUB, (a, b) -> a - b, (a, b) -> a - b, false);
    private static final Function MUL = new Function(Binary.MUL, (a, b) -> a * b, (a, b) -> a * b, false);
    private static final Function DIV = new Function(Binary.DIV, Arithmetic::quotient, (a, b) -> a / b, false);
    private static final Function MIN = new Function(Binary.MIN, Math::min, Math::min, false);
    private static final Function MAX = new Function(Binary.MAX, Math::max, Math::max, false);
    private static final Function AND = logical(Binary.MUL, (a, b) -> a & b);
    private static final Function OR = logical(Binary.MAX, (a, b) -> a | b);
    private static final Function XOR = logical(Binary.NOT_EQUAL, (a, b) -> a ^ b);

    private Arithmetic() {}

    static List<Operator> rows() {
        return List.of(
                row("Add", ADD),
                row("Sub", SUB),
                row("Mul", MUL),
                row("Div", DIV),
                row("And", AND),
                row("Or", OR),
                row("Xor", XOR),
                row("Equal", comparison(Binary.EQUAL)),
                row("Less", comparison(Binary.LESS)),
                row("LessOrEqual", comparison(Binary.LESS_EQUAL)),
                row("Greater", comparison(Binary.GREATER)),
                row("GreaterOrEqual", comparison(Binary.GREATER_EQUAL)),
                Operator.of("Pow", "axis broadcast", Arithmetic::pow),
                Operator.of("Mod", "fmod", Arithmetic::mod),
                Operator.of("BitShift", "direction", Arithmetic::shift),
                row("BitwiseAnd", hostOnly((a, b) -> a & b)),
                row("BitwiseOr", hostOnly((a, b) -> a | b)),
                row("BitwiseXor", hostOnly((a, b) -> a ^ b)),
                variadic("Sum", ADD, false),
                variadic("Mean", ADD, true),
                variadic("Min", MIN, false),
                variadic("Max", MAX, false),
                Operator.of("PRelu", "consumed_inputs", Arithmetic::prelu).weights(1),
                Operator.of("Where", "", c -> where(c, c.in(0), c.in(1), c.in(2))));
    }

    private static Function logical(Binary kernel, LongBinaryOperator whole) {
        return new Function(kernel, whole, (a, b) -> 0, true);
    }

    private static Function comparison(Binary f) {
        return new Function(f, (a, b) -> (long) f.value(Long.compare(a, b), 0), f::value, true);
    }

    private static Function hostOnly(LongBinaryOperator whole) {
        return new Function(null, whole, (a, b) -> Double.NaN, false);
    }

    private static long quotient(long a, long b) {
        if (b == 0) {
            throw new IllegalArgumentException("[onnx] whole number divided by 0");
        }
        return a / b;
    }

    private static Operator row(String name, Function f) {
        return Operator.of(name, "axis broadcast consumed_inputs", c -> combine(c, c.in(0), oldBroadcast(c), f));
    }

    /** Before opset 7 the second operand was broadcast only where {@code broadcast} said so, from {@code axis} on. */
    private static Value oldBroadcast(Call c) {
        Value b = c.in(1);
        if (c.opset() >= 7 || c.integer("broadcast", 0) == 0 || !c.given("axis")) {
            return b;
        }
        int rank = c.in(0).rank();
        int axis = c.axis(c.integer("axis", 0), rank);
        int[] dims = b.dims();
        if (axis + dims.length > rank) {
            throw c.invalid(b + " does not lie within " + c.in(0) + " from axis " + axis);
        }
        int[] all = Dims.extended(dims, axis + dims.length);
        int[] behind = Arrays.copyOf(all, rank);
        Arrays.fill(behind, all.length, rank, 1);
        return b.reshape(behind);
    }

    static Value add(Call c, Value a, Value b) {
        return combine(c, a, b, ADD);
    }

    static Value sub(Call c, Value a, Value b) {
        return combine(c, a, b, SUB);
    }

    static Value div(Call c, Value a, Value b) {
        return combine(c, a, b, DIV);
    }

    /** Whether something is computed on the device: it is there already and of a type that the device has. */
    private static boolean onDevice(Value... operands) {
        boolean device = false;
        for (Value v : operands) {
            if (v.size() == 0) {
                return false;
            }
            if (v instanceof DeviceValue d) {
                if (!d.type().isFloat() && d.type() != ElementType.BOOL) {
                    return false;
                }
                device = true;
            }
        }
        return device;
    }

    private static Value combine(Call c, Value a, Value b, Function f) {
        boolean whole = a.type().isInteger() || b.type().isInteger() && f.kernel != Binary.POW;
        if (f.kernel == null || whole || !onDevice(a, b)) {
            return f.kernel == null ? onHost(c, c.constant(a), c.constant(b), f) : onHost(c, a.host(), b.host(), f);
        }
        Value scaled = b instanceof HostValue h && h.size() == 1 && a instanceof DeviceValue d
                ? withNumber(d, h, f, false)
                : a instanceof HostValue h && h.size() == 1 && b instanceof DeviceValue d
                        ? withNumber(d, h, f, true)
                        : null;
        if (scaled != null) {
            return scaled;
        }
        Align both = Align.of(c, a, b);
        DeviceValue y = both.result(both.tensors()[0].combine(f.kernel, both.tensors()[1]));
        return f.truth ? y.as(ElementType.BOOL) : y;
    }

    /** One number beside a tensor is part of the kernel; null where there is no such kernel. */
    private static @Nullable Value withNumber(DeviceValue x, HostValue number, Function f, boolean first) {
        float n = (float) number.real(0);
        DeviceValue y = switch (f.kernel) {
            case ADD -> x.map(t -> t.add(n));
            case SUB -> x.map(t -> first ? t.map(Unary.affine(-1, n)) : t.sub(n));
            case MUL -> x.map(t -> t.mul(n));
            case DIV -> x.map(t -> first ? t.reciprocal().mul(n) : t.div(n));
            case null -> null;
            default -> null;
        };
        return y == null || f.truth ? null : Align.extended(y, Math.max(x.rank(), number.rank()));
    }

    private static HostValue onHost(Call c, HostValue a, HostValue b, Function f) {
        int[] dims = c.limited(Dims.broadcast(c.node().opType(), a.dims(), b.dims()));
        int[] ia = Dims.broadcastIndex(a.dims(), dims);
        int[] ib = Dims.broadcastIndex(b.dims(), dims);
        ElementType type = f.truth ? ElementType.BOOL : a.type();
        boolean real = a.isReal() || b.isReal();
        if (real && type.isFloat()) {
            double[] y = new double[ia.length];
            for (int i = 0; i < y.length; i++) {
                y[i] = f.real.applyAsDouble(a.real(ia[i]), b.real(ib[i]));
            }
            return HostValue.of(type, dims, y);
        }
        long[] y = new long[ia.length];
        for (int i = 0; i < y.length; i++) {
            y[i] = real
                    ? (long) f.real.applyAsDouble(a.real(ia[i]), b.real(ib[i]))
                    : f.whole.applyAsLong(a.whole(ia[i]), b.whole(ib[i]));
        }
        return HostValue.of(type, dims, y);
    }

    private static Operator variadic(String name, Function f, boolean mean) {
        return Operator.of(name, "consumed_inputs", c -> {
            List<Value> all = new ArrayList<>(c.all());
            Value y = all.removeFirst();
            for (Value v : all) {
                y = combine(c, y, v, f);
            }
            return mean ? combine(c, y, HostValue.of(y.type(), new int[0], new double[] {c.inputs()}), DIV) : y;
        });
    }

    private static Value pow(Call c) {
        Value x = c.in(0);
        Value y = oldBroadcast(c);
        if (x instanceof DeviceValue d && d.type().isFloat() && y instanceof HostValue h && h.size() == 1) {
            float exponent = (float) h.real(0);
            DeviceValue power = d.map(t -> exponent == 2 ? t.square() : exponent == 0.5f ? t.sqrt() : t.pow(exponent));
            return Align.extended(power, Math.max(d.rank(), h.rank()));
        }
        Function f =
                new Function(Binary.POW, (a, b) -> b >= 0 ? wholePower(a, b) : (long) Math.pow(a, b), Math::pow, false);
        return combine(c, x, y, f);
    }

    private static long wholePower(long base, long exponent) {
        long y = 1;
        long b = base;
        for (long e = exponent; e > 0; e >>= 1) {
            y *= (e & 1) == 1 ? b : 1;
            b *= b;
        }
        return y;
    }

    private static Value mod(Call c) {
        boolean signOfFirst = c.integer("fmod", 0) != 0;
        LongBinaryOperator whole = signOfFirst ? (a, b) -> a % nonZero(b) : (a, b) -> Math.floorMod(a, nonZero(b));
        return combine(c, c.in(0), c.in(1), new Function(null, whole, (a, b) -> a % b, false));
    }

    private static long nonZero(long divisor) {
        if (divisor == 0) {
            throw new IllegalArgumentException("[onnx] whole number divided by 0");
        }
        return divisor;
    }

    private static Value shift(Call c) {
        boolean left = c.text("direction", "").equals("LEFT");
        LongBinaryOperator f = (a, b) -> b > 63 ? 0 : left ? a << b : a >>> b;
        return combine(c, c.in(0), c.in(1), new Function(null, f, (a, b) -> Double.NaN, false));
    }

    /** The slope is broadcast to x alone; before opset 7 it stood along axis 1. */
    private static Value prelu(Call c) {
        Value slope = c.in(1);
        boolean perChannel = c.opset() < 7 && slope.rank() == 1 && c.in(0).rank() > 2;
        int[] dims = new int[perChannel ? c.in(0).rank() - 1 : 0];
        if (perChannel) {
            Arrays.fill(dims, 1);
            dims[0] = slope.dim(0);
            slope = slope.reshape(dims);
        }
        Align both = Align.of(c, c.device(0), slope);
        Tensor x = both.tensors()[0];
        return both.result(x.prelu(both.tensors()[1]));
    }

    /** The value where a condition holds, and 0 elsewhere. */
    static Value choose(Call c, Value condition, Value x) {
        HostValue zero =
                HostValue.of(ElementType.INT64, new int[0], new long[1]).cast(x.type());
        return where(c, condition, x, zero);
    }

    static Value where(Call c, Value condition, Value first, Value second) {
        if (first.type().isFloat() && onDevice(condition, first, second)) {
            Align all = Align.of(c, first, second, condition);
            Tensor y = all.tensors()[2].where(all.tensors()[0], all.tensors()[1]);
            return all.result(y).as(first.type());
        }
        HostValue test = condition.host();
        HostValue a = first.host();
        HostValue b = second.host();
        int[] dims = Dims.broadcast("Where", Dims.broadcast("Where", test.dims(), a.dims()), b.dims());
        c.limited(dims);
        int[] it = Dims.broadcastIndex(test.dims(), dims);
        int[] ia = Dims.broadcastIndex(a.dims(), dims);
        int[] ib = Dims.broadcastIndex(b.dims(), dims);
        double[] real = new double[a.isReal() ? it.length : 0];
        long[] whole = new long[a.isReal() ? 0 : it.length];
        for (int i = 0; i < it.length; i++) {
            boolean chosen = test.whole(it[i]) != 0;
            if (a.isReal()) {
                real[i] = chosen ? a.real(ia[i]) : b.real(ib[i]);
            } else {
                whole[i] = chosen ? a.whole(ia[i]) : b.whole(ib[i]);
            }
        }
        return a.isReal() ? HostValue.of(a.type(), dims, real) : HostValue.of(a.type(), dims, whole);
    }
}
