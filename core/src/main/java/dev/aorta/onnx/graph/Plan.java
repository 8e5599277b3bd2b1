package dev.aorta.onnx.graph;

import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.onnx.OnnxException;
import dev.aorta.onnx.operators.Call;
import dev.aorta.onnx.value.DeviceValue;
import dev.aorta.onnx.value.Value;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A graph that is ready to run, from many threads at once. Outside of recording a value's memory is given back after its last use.
 */
public final class Plan {
    private final Call.Site site;
    private final List<Step> steps;
    private final @Nullable Value[] constants;
    private final Set<Tensor> memoryOfConstants;
    private final int[] inputs;
    private final int[] outputs;
    private final List<Parameter> parameters;
    private final SortedMap<String, Integer> fused;

    Plan(
            Call.Site site,
            List<Step> steps,
            @Nullable Value[] constants,
            int[] inputs,
            int[] outputs,
            List<Parameter> parameters,
            SortedMap<String, Integer> fused) {
        this.site = site;
        this.steps = steps;
        this.constants = constants;
        memoryOfConstants = memory(Arrays.asList(constants));
        this.inputs = inputs;
        this.outputs = outputs;
        this.parameters = parameters;
        this.fused = fused;
    }

    private static Set<Tensor> memory(List<? extends @Nullable Value> values) {
        Set<Tensor> memory = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Value value : values) {
            if (value instanceof DeviceValue d) {
                memory.add(d.raw());
            }
        }
        return memory;
    }

    /** The weights, in the order of the file. */
    public List<Parameter> parameters() {
        return parameters;
    }

    /** How often each fusion was applied, by its name. */
    public SortedMap<String, Integer> fused() {
        return fused;
    }

    /**
     * Runs the graph.
     *
     * @param given the inputs, in the file's order
     * @param read makes of an output what is wanted of it
     */
    public List<Value> run(List<Value> given, UnaryOperator<Value> read) {
        if (Scope.recording()) {
            return outputs(given, read, false);
        }
        try (Scope scope = Scope.noGrad("an ONNX network")) {
            List<Value> results = outputs(given, read, true);
            for (Value result : results) {
                if (result instanceof DeviceValue d) {
                    scope.keep(d.raw());
                }
            }
            return results;
        }
    }

    private List<Value> outputs(List<Value> given, UnaryOperator<Value> read, boolean frees) {
        return new Run(given, frees).outputs().stream().map(read).toList();
    }

    /** One run: the values that there are, and who holds their memory. */
    private final class Run {
        private final boolean frees;
        private final @Nullable Value[] values = constants.clone();
        private final Map<Tensor, Integer> holders = new IdentityHashMap<>(); // of memory that this run made
        private final Set<Tensor> given;

        Run(List<Value> inputValues, boolean frees) {
            this.frees = frees;
            given = memory(inputValues);
            for (int i = 0; i < inputs.length; i++) {
                values[inputs[i]] = inputValues.get(i);
            }
            steps.forEach(this::run);
        }

        List<Value> outputs() {
            return Arrays.stream(outputs).mapToObj(this::value).toList();
        }

        private Value value(int number) {
            Value value = values[number];
            if (value == null) {
                throw OnnxException.invalid(site.file() + ": an output was not computed");
            }
            return value;
        }

        private void run(Step step) {
            if (!frees) {
                compute(step);
                return;
            }
            try (Scope scope = Scope.noGrad("an ONNX network")) {
                compute(step);
                for (int number : step.outputs()) {
                    if (number >= 0 && values[number] instanceof DeviceValue d && isMade(d.raw())) {
                        holders.merge(scope.keep(d.raw()), 1, Integer::sum);
                    }
                }
            }
            for (int number : step.last()) {
                if (values[number] instanceof DeviceValue d) {
                    letGo(d.raw());
                }
                values[number] = null;
            }
        }

        private boolean isMade(Tensor raw) {
            return !given.contains(raw) && !memoryOfConstants.contains(raw);
        }

        private void compute(Step step) {
            @Nullable Value[] in = new Value[step.inputs().length];
            for (int i = 0; i < in.length; i++) {
                in[i] = step.inputs()[i] < 0 ? null : values[step.inputs()[i]];
            }
            Call call = new Call(site, step.node(), in);
            List<Value> made = Step.run(step.operator(), call);
            for (int i = 0; i < step.outputs().length; i++) {
                if (step.outputs()[i] >= 0 && i >= made.size()) {
                    throw OnnxException.unsupported(call.describe() + ": output " + i + " is not supported");
                }
                if (step.outputs()[i] >= 0) {
                    values[step.outputs()[i]] = made.get(i);
                    if (made.get(i).size() > site.maxElements()) {
                        throw OnnxException.invalid(call.describe() + ": the result " + made.get(i) + " has more than "
                                + site.maxElements() + " elements (property aorta.onnx.maxElements)");
                    }
                }
            }
        }

        private void letGo(Tensor raw) {
            Integer held = holders.get(raw);
            if (held != null && held == 1) {
                holders.remove(raw);
                raw.release();
            } else if (held != null) {
                holders.put(raw, held - 1);
            }
        }
    }
}
