package dev.aorta.onnx.export;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.OnnxExport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/** Exports networks and has ONNX Runtime compute the same as they do. */
public final class ExportJudge {
    private static final double TOLERANCE = 1e-4;

    private ExportJudge() {}

    /** What ONNX Runtime is given and gives, in the order of the file, as tensors of the network. */
    public static Tensor fromFile(OnnxRuntime.Array a) {
        int[] dims = Arrays.stream(a.shape()).mapToInt(Math::toIntExact).toArray();
        Tensor t = Tensor.of(Device.cpu(), a.values(), dims);
        return dims.length == 4 ? t.permute(0, 2, 3, 1) : t;
    }

    /** A tensor of the network in the order of the file. */
    public static OnnxRuntime.Array toFile(Tensor t) {
        Tensor stored = t.shape().rank() == 4 ? t.permute(0, 3, 1, 2) : t;
        return OnnxRuntime.Array.of(stored.toArray(), stored.shape().dims());
    }

    /** Exports a network and compares its outputs for random images of some sizes, the first of which is the example. */
    public static OnnxExport.Report check(
            Layer network, Path file, OnnxExport.Options options, long seed, Shape... sizes)
            throws IOException, OrtException {
        OnnxExport.Report report = OnnxExport.save(network, file, options, sizes[0]);
        try (OnnxRuntime runtime = new OnnxRuntime(file)) {
            for (Shape size : sizes) {
                try (Scope run = Scope.noGrad()) {
                    Tensor x = Tensor.of(Device.cpu(), random(size, seed), size.dims());
                    compare(
                            network.name() + " at " + size + ", opset " + options.opset() + ", seed " + seed,
                            fromFile(runtime.run(Map.of("input", toFile(x)))),
                            network.forward(x, Pass.INFERENCE));
                }
            }
        }
        return report;
    }

    /** Requires equal shapes, and differences of at most 1e-4 of the largest value. */
    public static void compare(String what, Tensor got, Tensor want) {
        assertThat(got.shape()).as(what).isEqualTo(want.shape());
        float[] a = got.toArray();
        float[] b = want.toArray();
        double largest = 0;
        for (float v : b) {
            largest = Math.max(largest, Math.abs(v));
        }
        for (int i = 0; i < a.length; i++) {
            assertThat(Math.abs((double) a[i] - b[i]))
                    .as("%s: element %d is %s instead of %s", what, i, a[i], b[i])
                    .isLessThanOrEqualTo(TOLERANCE * largest);
        }
    }

    public static float[] random(Shape shape, long seed) {
        Random random = new Random(seed);
        float[] values = new float[shape.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
