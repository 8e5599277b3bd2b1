package dev.aorta.onnx.proto;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * One application of an operator.
 *
 * @param name may be empty
 * @param domain of the operator; "" is the standard's own
 * @param opType the operator
 * @param inputs names of values; "" for an optional one that is not there
 * @param outputs names of values; "" for an optional one that is not wanted
 * @param attributes by name
 */
public record Node(
        String name,
        String domain,
        String opType,
        List<String> inputs,
        List<String> outputs,
        SequencedMap<String, Attribute> attributes) {
    public Node {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(attributes));
    }

    /** A node of the standard's own operators. */
    public static Node of(
            String name,
            String opType,
            List<String> inputs,
            List<String> outputs,
            SequencedMap<String, Attribute> attributes) {
        return new Node(name, "", opType, inputs, outputs, attributes);
    }
}
