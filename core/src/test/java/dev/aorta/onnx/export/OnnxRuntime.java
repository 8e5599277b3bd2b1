package dev.aorta.onnx.export;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Another implementation of ONNX, as a judge: it refuses files that break the standard, and computes the others. */
public final class OnnxRuntime implements AutoCloseable {
    private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

    private final OrtSession session;

    /** Float32 values with their shape. */
    public record Array(float[] values, long... shape) {
        public static Array of(float[] values, int[] shape) {
            return new Array(values, Arrays.stream(shape).asLongStream().toArray());
        }
    }

    public OnnxRuntime(Path file) throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            session = ENVIRONMENT.createSession(file.toString(), options);
        }
    }

    /** Metadata that the file has beside the graph. */
    public Map<String, String> metadata() throws OrtException {
        return session.getMetadata().getCustomMetadata();
    }

    /** The first output. */
    public Array run(Map<String, Array> inputs) throws OrtException {
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        try {
            for (var input : inputs.entrySet()) {
                Array a = input.getValue();
                tensors.put(input.getKey(), OnnxTensor.createTensor(ENVIRONMENT, FloatBuffer.wrap(a.values), a.shape));
            }
            try (OrtSession.Result result = session.run(tensors)) {
                OnnxTensor output = (OnnxTensor) result.get(0);
                FloatBuffer buffer = output.getFloatBuffer();
                float[] values = new float[buffer.remaining()];
                buffer.get(values);
                return new Array(values, output.getInfo().getShape());
            }
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void close() throws OrtException {
        session.close();
    }
}
