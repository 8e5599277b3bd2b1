package dev.aorta.onnx.export;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.onnx.export.Value.Constant;
import dev.aorta.op.Concat;
import dev.aorta.op.Gather;
import dev.aorta.op.Move;
import dev.aorta.op.Op;
import dev.aorta.op.Reshape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a network does, step by step, at several sizes of its input at once. What nothing needs is left out, and what depends on
 * parameters alone is a constant.
 */
final class Program {
    private final List<Trace> traces; // the size that was asked for, then others
    private final List<Map<Tensor, Value>> known = new ArrayList<>(); // for each trace, by identity
    private final List<Value> inputs = new ArrayList<>();
    private final List<Value> outputs = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final Map<Value, Step> makers = new HashMap<>();

    Program(List<Trace> traces) {
        this.traces = traces;
        traces.forEach(t -> known.add(new IdentityHashMap<>()));
        for (int i = 0; i < traces.getFirst().inputs().size(); i++) {
            int at = i;
            inputs.add(learn(traces.stream().map(t -> t.inputs().get(at)).toList(), null));
        }
        List<Scope.Traced> operations = traces.getFirst().operations();
        traces.forEach(other -> requireAlike(operations, other.operations()));
        boolean[] needed = needed(traces.getFirst());
        for (int k = 0; k < needed.length; k++) {
            if (needed[k]) {
                step(k);
            }
        }
        for (int i = 0; i < traces.getFirst().outputs().size(); i++) {
            int at = i;
            outputs.add(value(
                    traces.stream().map(t -> t.outputs().get(at)).toList(),
                    traces.stream().map(t -> given(t.outputs().get(at))).toList()));
        }
    }

    List<Value> inputs() {
        return inputs;
    }

    List<Value> outputs() {
        return outputs;
    }

    List<Step> steps() {
        return steps;
    }

    /** The only step that needs a value, or null when there is none or several, or it is an output. */
    @Nullable
    Step onlyUser(Value value) {
        return value.users().size() == 1 && !outputs.contains(value)
                ? value.users().getFirst()
                : null;
    }

    /** The step whose result a value is, or null. */
    @Nullable
    Step maker(Value value) {
        return makers.get(value);
    }

    private static boolean[] needed(Trace trace) {
        Set<Tensor> wanted = Collections.newSetFromMap(new IdentityHashMap<>());
        wanted.addAll(trace.outputs());
        boolean[] needed = new boolean[trace.operations().size()];
        for (int k = needed.length - 1; k >= 0; k--) {
            Scope.Traced t = trace.operations().get(k);
            needed[k] = wanted.contains(t.output());
            if (needed[k]) {
                t.inputs().forEach(o -> wanted.add(o.tensor()));
            }
        }
        return needed;
    }

    private static void requireAlike(List<Scope.Traced> operations, List<Scope.Traced> others) {
        for (int k = 0; k < Math.max(operations.size(), others.size()); k++) {
            Scope.Traced one = k < operations.size() ? operations.get(k) : null;
            Scope.Traced other = k < others.size() ? others.get(k) : null;
            boolean alike = one != null
                    && other != null
                    && one.op().getClass() == other.op().getClass()
                    && one.inputs().size() == other.inputs().size();
            if (!alike) {
                throw new SizeDependence("the network runs other operations at other sizes: at operation " + k + " "
                        + described(one) + ", and elsewhere " + described(other));
            }
        }
    }

    private static String described(Scope.@Nullable Traced t) {
        return t == null
                ? "nothing"
                : "[" + t.op().name() + "] to " + t.output().shape();
    }

    private void step(int k) {
        List<Scope.Traced> each =
                traces.stream().map(t -> t.operations().get(k)).toList();
        Scope.Traced first = each.getFirst();
        List<Value> operands = new ArrayList<>();
        for (int i = 0; i < first.inputs().size(); i++) {
            int at = i;
            List<Scope.Operand> operand =
                    each.stream().map(t -> t.inputs().get(at)).toList();
            operands.add(value(
                    operand.stream().map(Scope.Operand::tensor).toList(),
                    operand.stream().<Supplier<float[]>>map(o -> o::values).toList()));
        }
        List<Op> ops = each.stream().map(Scope.Traced::op).toList();
        List<Tensor> results = each.stream().map(Scope.Traced::output).toList();
        Step step = new Step(ops, operands, learn(results, folded(each, operands)), layer(operands));
        if (step.output().constant() == null) {
            operands.stream().distinct().forEach(v -> v.users().add(step));
            steps.add(step);
            makers.put(step.output(), step);
        }
    }

    /** The constant that a step on constants makes, or null. */
    private static @Nullable Constant folded(List<Scope.Traced> each, List<Value> operands) {
        Scope.Traced t = each.getFirst();
        List<Constant> constants = new ArrayList<>();
        for (Value v : operands) {
            if (v.constant() == null) {
                return null;
            }
            constants.add(v.constant());
        }
        boolean alike = each.stream()
                        .map(Scope.Traced::op)
                        .map(Program::attributes)
                        .distinct()
                        .count()
                == 1;
        if (!alike) {
            return null;
        }
        boolean moves = t.op() instanceof Reshape || t.op() instanceof Move || t.op() instanceof Gather;
        String layer = layer(operands).isEmpty() ? "" : layer(operands) + ".";
        String name = moves ? constants.getFirst().name() : layer + t.op().name();
        return new Constant(
                name, constants.stream().anyMatch(Constant::learnt), List.of(() -> computed(t.op(), constants)));
    }

    /** What stands before the last dot in the name of the first constant that has one. */
    private static String layer(List<Value> operands) {
        for (Value v : operands) {
            int dot = v.constant() == null ? -1 : v.constant().name().lastIndexOf('.');
            if (v.constant() != null && dot > 0) {
                return v.constant().name().substring(0, dot);
            }
        }
        return "";
    }

    /** All that tells an operation from others of its class; a record's text has what is in it. */
    private static String attributes(Op op) {
        return op instanceof Concat c
                ? c.outputShape() + Arrays.toString(c.shape().extents())
                : op.toString();
    }

    private static float[] computed(Op op, List<Constant> constants) {
        Backend cpu = Device.cpu().backend();
        List<Buffer> taken = new ArrayList<>();
        try {
            for (Constant c : constants) {
                float[] values = c.values().getFirst().get();
                taken.add(cpu.allocate(values.length));
                cpu.upload(taken.getLast(), values);
            }
            Buffer[] in = taken.toArray(Buffer[]::new);
            Buffer[] saved =
                    Arrays.stream(op.savedSizes(false)).mapToObj(cpu::allocate).toArray(Buffer[]::new);
            taken.addAll(Arrays.asList(saved));
            float[] result = new float[op.outputShape().size()];
            taken.add(cpu.allocate(result.length));
            op.forward(new Op.Call(cpu, in, taken.getLast(), saved));
            cpu.download(result, taken.getLast());
            return result;
        } finally {
            taken.forEach(cpu::release);
        }
    }

    /** The value that these tensors, one for each trace, are: known, or a constant. */
    private Value value(List<Tensor> tensors, List<Supplier<float[]>> given) {
        Value value = known.getFirst().get(tensors.getFirst());
        for (int t = 0; t < tensors.size(); t++) {
            if (known.get(t).get(tensors.get(t)) != value) {
                throw new SizeDependence("its operations are connected in other ways at other sizes");
            }
        }
        if (value != null) {
            return value;
        }
        if (tensors.getFirst() instanceof Parameter p && tensors.stream().allMatch(t -> t == p)) {
            return learn(tensors, new Constant(p.name(), true, List.of(given.getFirst())));
        }
        boolean same = tensors.stream().map(Tensor::shape).distinct().count() == 1
                && given.stream()
                        .allMatch(g -> Arrays.equals(g.get(), given.getFirst().get()));
        return learn(tensors, new Constant("constant", false, same ? List.of(given.getFirst()) : given));
    }

    private static Supplier<float[]> given(Tensor tensor) {
        return tensor::toArray;
    }

    private Value learn(List<Tensor> tensors, @Nullable Constant constant) {
        List<Shape> shapes = tensors.stream().map(Tensor::shape).toList();
        if (shapes.stream().mapToInt(Shape::rank).distinct().count() > 1) {
            throw new SizeDependence(
                    "a tensor has " + shapes.getFirst().rank() + " axes at one size and another number at another");
        }
        Value value = new Value(shapes, constant);
        IntStream.range(0, tensors.size()).forEach(t -> known.get(t).put(tensors.get(t), value));
        return value;
    }
}
