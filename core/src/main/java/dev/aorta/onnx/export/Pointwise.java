package dev.aorta.onnx.export;

import dev.aorta.backend.Binary;
import dev.aorta.backend.Unary;
import dev.aorta.op.BinaryOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What treats every element alike; the axes stay in the order in which they stand. */
final class Pointwise {
    private static final int GELU_SINCE = 20;

    private final Lowering to;
    private final Map<String, String> conditions = new HashMap<>(); // bool of a tensor of 0 and 1, by name

    Pointwise(Lowering to) {
        this.to = to;
    }

    void unary(Step s, Unary f) {
        Placed x = to.lazy(s.in(0));
        to.place(s.output(), x.named(unary(x.name(), f)));
    }

    private String unary(String x, Unary f) {
        return switch (f.kind()) {
            case AFFINE -> affine(x, f.a(), f.b());
            case ABS -> node("Abs", x);
            case SIGN -> node("Sign", x);
            case EXP -> node("Exp", x);
            case LOG -> node("Log", x);
            case SQRT -> node("Sqrt", x);
            case RECIPROCAL -> node("Reciprocal", x);
            case SQUARE -> node("Mul", x, x);
            case POWER -> node("Pow", x, to.graph.scalar(f.a()));
            case CLAMP -> node("Clip", x, to.graph.scalar(f.a()), to.graph.scalar(f.b()));
            case ERF -> node("Erf", x);
            case RELU -> node("Relu", x);
            case LEAKY_RELU ->
                to.graph.node("LeakyRelu", x).with("alpha", f.a()).out();
            case ELU -> to.graph.node("Elu", x).with("alpha", f.a()).out();
            case GELU -> gelu(x);
            case GELU_TANH -> geluTanh(x);
            case SILU -> node("Mul", x, node("Sigmoid", x));
            case HARD_SWISH -> node("HardSwish", x);
            case HARD_SIGMOID ->
                to.graph
                        .node("HardSigmoid", x)
                        .with("alpha", f.a())
                        .with("beta", f.b())
                        .out();
            case SOFTPLUS -> node("Softplus", x);
            case SIGMOID -> node("Sigmoid", x);
            case SINH -> node("Sinh", x);
            case TANH -> node("Tanh", x);
        };
    }

    private String affine(String x, float a, float b) {
        String scaled = a == 1 ? x : a == -1 ? node("Neg", x) : node("Mul", x, to.graph.scalar(a));
        return b == 0 ? scaled : node("Add", scaled, to.graph.scalar(b));
    }

    /** {@code x (1 + erf(x / sqrt 2)) / 2}, in the words of PyTorch's exporter where there is no operator. */
    private String gelu(String x) {
        if (to.opset >= GELU_SINCE) {
            return node("Gelu", x);
        }
        String erf = node("Erf", node("Div", x, to.graph.scalar((float) Math.sqrt(2))));
        return node("Mul", node("Mul", x, node("Add", erf, to.graph.scalar(1))), to.graph.scalar(0.5f));
    }

    private String geluTanh(String x) {
        if (to.opset >= GELU_SINCE) {
            return to.graph.node("Gelu", x).with("approximate", "tanh").out();
        }
        String cube = node("Mul", node("Pow", x, to.graph.scalar(3)), to.graph.scalar(0.044715f));
        String inner = node("Mul", node("Add", x, cube), to.graph.scalar((float) Math.sqrt(2 / Math.PI)));
        String one = node("Add", node("Tanh", inner), to.graph.scalar(1));
        return node("Mul", node("Mul", x, to.graph.scalar(0.5f)), one);
    }

    void binary(Step s, Binary f) {
        Step user = to.program.onlyUser(s.output());
        if (user != null && isChoice(user)) {
            return; // a half of it
        }
        if (isChoice(s)) {
            Step yes = Objects.requireNonNull(to.program.maker(s.in(0)));
            Step no = Objects.requireNonNull(to.program.maker(s.in(1)));
            Value[] values = {yes.in(1), yes.in(0), no.in(0)};
            String[] names = operands(s.output(), values);
            to.place(s.output(), where(names[0], names[1], names[2]), order(s.output(), values));
            return;
        }
        Value main = to.isConstant(s.in(0)) ? s.in(1) : s.in(0);
        boolean number = to.isConstant(s.in(0)) && s.in(0).shape().size() == 1
                || to.isConstant(s.in(1)) && s.in(1).shape().size() == 1;
        Placed p = number ? to.lazy(main) : to.at(main);
        String a = beside(main, p, s.in(0), s.output());
        String b = beside(main, p, s.in(1), s.output());
        if (a.isEmpty() || b.isEmpty()) {
            String[] names = operands(s.output(), s.in(0), s.in(1));
            to.place(s.output(), binary(f, names[0], names[1]), order(s.output(), s.in(0), s.in(1)));
            return;
        }
        List<List<Integer>> groups = new ArrayList<>(p.groups());
        while (groups.size() < s.output().rank()) {
            groups.addFirst(List.of());
        }
        to.place(s.output(), new Placed(binary(f, a, b), p.stored(), p.dims(), groups));
    }

    /**
     * Name of an operand beside a main one that has all elements of the result, wherever that stands: one that stands in the same
     * way, or a constant with one axis at most; empty for others.
     */
    private String beside(Value main, Placed p, Value operand, Value result) {
        int more = result.rank() - main.rank();
        boolean all = IntStream.range(0, main.rank())
                .allMatch(axis -> Arrays.equals(main.extent(axis), result.extent(axis + more)));
        boolean longer = IntStream.range(0, more).anyMatch(axis -> !result.isUnit(axis));
        if (!all || longer) {
            return "";
        }
        if (!to.isConstant(operand)) {
            boolean like = operand == main
                    || operand.rank() == main.rank() && to.at(operand).isLike(p);
            return operand == main ? p.name() : like ? to.at(operand).name() : "";
        }
        int[] axes = IntStream.range(0, operand.rank())
                .filter(axis -> !operand.isUnit(axis))
                .toArray();
        if (axes.length == 0) {
            return to.stored(operand, Axes.identity(operand.rank()), new int[0]);
        }
        int axis = axes[0] + main.rank() - operand.rank();
        if (axes.length > 1 || axis < 0 || p.groups().get(axis).size() != 1) {
            return "";
        }
        int place = p.groups().get(axis).getFirst();
        int[] dims = new int[p.dims().size() - place];
        Arrays.fill(dims, 1);
        dims[0] = operand.shape().size();
        return to.stored(operand, Axes.identity(operand.rank()), dims);
    }

    /** A convolution stands last in a sum: once they are fused at load, nobody knows where it stood. */
    private String binary(Binary f, String a, String b) {
        return switch (f) {
            case ADD -> to.graph.isConvolvedAfter(a, b) ? node("Add", b, a) : node("Add", a, b);
            case SUB -> node("Sub", a, b);
            case MUL -> node("Mul", a, b);
            case DIV -> node("Div", a, b);
            case MIN -> node("Min", a, b);
            case MAX -> node("Max", a, b);
            case POW -> node("Pow", a, b);
            case EQUAL -> number(node("Equal", a, b));
            case NOT_EQUAL -> affine(affine(number(node("Equal", a, b)), -1, 0), 1, 1);
            case LESS -> number(node("Less", a, b));
            case LESS_EQUAL -> number(node("LessOrEqual", a, b));
            case GREATER -> number(node("Greater", a, b));
            case GREATER_EQUAL -> number(node("GreaterOrEqual", a, b));
            case WHERE -> where(b, a, to.graph.scalar(0));
            case WHERE_NOT -> where(b, to.graph.scalar(0), a);
        };
    }

    /** Whether it is {@link dev.aorta.Tensor#where}: a where the condition holds, plus b where not. */
    private boolean isChoice(Step s) {
        return s.op() instanceof BinaryOp sum
                && sum.f() == Binary.ADD
                && half(s, 0, Binary.WHERE) != null
                && half(s, 0, Binary.WHERE) == half(s, 1, Binary.WHERE_NOT);
    }

    /** The condition of one of the two terms. */
    private @Nullable Value half(Step sum, int operand, Binary f) {
        Step half = to.program.maker(sum.in(operand));
        boolean is = half != null && half.op() instanceof BinaryOp b && b.f() == f;
        return half != null && is && to.program.onlyUser(half.output()) == sum ? half.in(1) : null;
    }

    /** The order of the largest operand that has all axes. */
    private int[] order(Value result, Value... operands) {
        return Arrays.stream(operands)
                .filter(v -> !to.isConstant(v) && v.rank() == result.rank())
                .max(Comparator.comparingInt(v -> v.shape().size()))
                .map(to::order)
                .orElseGet(() -> Axes.identity(result.rank()));
    }

    private String[] operands(Value result, Value... operands) {
        int[] order = order(result, operands);
        boolean whole = Arrays.stream(operands).anyMatch(v -> !to.isConstant(v) && v.rank() == result.rank());
        return Arrays.stream(operands).map(v -> to.broadcast(v, order, whole)).toArray(String[]::new);
    }

    /** a where the condition is not 0, and b elsewhere. */
    private String where(String condition, String a, String b) {
        String bool = conditions.get(condition);
        return bool == null
                ? node("Where", node("Equal", condition, to.graph.scalar(0)), b, a)
                : node("Where", bool, a, b);
    }

    /** 1 where a condition holds, else 0. */
    private String number(String bool) {
        String number = to.graph.node("Cast", bool).with("to", 1).out();
        conditions.put(number, bool);
        return number;
    }

    private String node(String opType, String... inputs) {
        return to.graph.node(opType, inputs).out();
    }
}
