package dev.aorta.onnx.operators;

import dev.aorta.onnx.value.Value;
import java.util.List;
import java.util.Set;

/**
 * How an operator of the standard is run.
 *
 * @param name the operator
 * @param attributes all that it understands
 * @param hostInputs numbers of the inputs that are read on the host: shapes, scales, bounds
 * @param weightInputs numbers of the inputs that are weights whatever their size
 * @param run computes its outputs
 */
public record Operator(
        String name, Set<String> attributes, Set<Integer> hostInputs, Set<Integer> weightInputs, Run run) {
    /** Computes the outputs of a node from its inputs. */
    public interface Run {
        List<Value> of(Call c);
    }

    /** Computes the only output. */
    public interface RunOne {
        Value of(Call c);
    }

    Operator host(Integer... inputs) {
        return new Operator(name, attributes, Set.of(inputs), weightInputs, run);
    }

    Operator weights(Integer... inputs) {
        return new Operator(name, attributes, hostInputs, Set.of(inputs), run);
    }

    static Operator of(String name, String attributes, RunOne run) {
        return many(name, attributes, c -> List.of(run.of(c)));
    }

    static Operator many(String name, String attributes, Run run) {
        Set<String> known = attributes.isEmpty() ? Set.of() : Set.of(attributes.split(" "));
        return new Operator(name, known, Set.of(), Set.of(), run);
    }
}
