package dev.aorta.bench.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/** The network of an ONNX file in ONNX Runtime, with one batch, on the CPU. */
final class OnnxRuntime implements AutoCloseable {
    private final OrtSession.SessionOptions options;
    private final OrtSession session;
    private final OnnxTensor images;
    private final Map<String, OnnxTensor> inputs;

    /**
     * Loads a network.
     *
     * @param planes values of (N, C, H, W)
     * @param dims these four
     */
    OnnxRuntime(Path file, float[] planes, long[] dims, int threads) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try {
            options = new OrtSession.SessionOptions();
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.addConfigEntry(
                    "session.force_spinning_stop", "1"); // its threads would wait beside the others' turns
            session = environment.createSession(file.toString(), options);
            images = OnnxTensor.createTensor(environment, FloatBuffer.wrap(planes), dims);
            inputs = Map.of(session.getInputNames().iterator().next(), images);
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    void infer() {
        try {
            session.run(inputs).close();
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    /** The output, (N, C, H, W) or (N, classes). */
    float[] values() {
        try (OrtSession.Result result = session.run(inputs)) {
            FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
            float[] copy = new float[values.remaining()];
            values.get(copy);
            return copy;
        } catch (OrtException e) {
            throw failed(e);
        }
    }

    @Override
    public void close() {
        images.close();
        try {
            session.close();
        } catch (OrtException e) {
            throw failed(e);
        } finally {
            options.close();
        }
    }

    private static IllegalStateException failed(OrtException e) {
        return new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
    }
}
