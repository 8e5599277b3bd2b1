package dev.aorta.onnx.proto;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * A whole ONNX file.
 *
 * @param irVersion of the file format
 * @param producer what wrote it
 * @param producerVersion its version
 * @param domain the author's reverse domain name, may be empty
 * @param modelVersion the author's own count
 * @param doc a text for people
 * @param opsets version of the operators by domain; "" is the standard's own
 * @param metadata free strings
 * @param graph the computation
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>
 */
public record Model(
        long irVersion,
        String producer,
        String producerVersion,
        String domain,
        long modelVersion,
        String doc,
        SequencedMap<String, Long> opsets,
        SequencedMap<String, String> metadata,
        Graph graph) {
    public Model {
        opsets = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(opsets));
        metadata = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metadata));
    }

    /** A model of the standard's own operators alone. */
    public static Model of(
            long irVersion, String producer, long opset, SequencedMap<String, String> meta, Graph graph) {
        SequencedMap<String, Long> opsets = new LinkedHashMap<>();
        opsets.put("", opset);
        return new Model(irVersion, producer, "", "", 0, "", opsets, meta, graph);
    }

    /** Version of the standard's own operators, 0 when the file does not say. */
    public long opset() {
        return opsets.getOrDefault("", opsets.getOrDefault("ai.onnx", 0L));
    }
}
