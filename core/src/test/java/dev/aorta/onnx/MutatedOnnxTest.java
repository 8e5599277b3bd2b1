package dev.aorta.onnx;

import static org.assertj.core.api.Assertions.fail;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.ShapeException;
import dev.aorta.Tensor;
import dev.aorta.io.FormatException;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.ModelReader;
import dev.aorta.onnx.proto.ModelWriter;
import dev.aorta.onnx.proto.ValueInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Damaged models give a named error in bounded time and memory, or run. Property {@code aorta.onnx.mutations} asks for more of
 * them than these.
 */
class MutatedOnnxTest {
    private static final int COUNT = Integer.getInteger("aorta.onnx.mutations", 2_000);
    private static final long MAX_ELEMENTS = 1 << 20;

    private static List<byte[]> models() {
        Random random = new Random(1);
        Models image = Models.opset(17)
                .input("x", -1, 3, 8, 6)
                .weight("w", random, 4, 3, 3, 3)
                .weight("gamma", random, 4)
                .weight("fc", random, 5, 4)
                .ints("axes", 2, 3)
                .node("Conv x,w a", "pads", new long[] {1, 1, 1, 1}, "strides", new long[] {2, 2})
                .node("BatchNormalization a,gamma,gamma,gamma,gamma b")
                .node("Relu b c")
                .node("MaxPool c d", "kernel_shape", new long[] {2, 2}, "ceil_mode", 1)
                .node("AveragePool d e", "kernel_shape", new long[] {2, 2}, "pads", new long[] {1, 1, 1, 1})
                .node("Softmax e f", "axis", 1)
                .node("ReduceMean f g", "axes", new long[] {2, 3}, "keepdims", 0)
                .node("Gemm g,fc y", "transB", 1)
                .output("y");
        Models shapes = Models.opset(18)
                .input("x", 1, 2, 4, 4)
                .ints("zero", 0)
                .ints("one", 1)
                .ints("two", 2)
                .ints("shape", 1, -1)
                .ints("times", 1, 1, 2, 3)
                .ints("pads", 0, 0, 1, 1, 0, 0, 1, 1)
                .ints("sizes", 1, 2, 9, 7)
                .node("Shape x s")
                .node("Gather s,zero n")
                .node("Concat n,two,sizes t", "axis", 0)
                .node("Slice t,two,sizes,zero u")
                .node("Tile x,times a")
                .node("Pad a,pads b", "mode", "reflect")
                .node("Resize b,,,sizes c", "mode", "cubic")
                .node("Transpose c d", "perm", new long[] {0, 3, 1, 2})
                .node("Split d e,f", "axis", 2)
                .node("Reshape e,shape y")
                .output("y")
                .output("f");
        return List.of(ModelWriter.toByteArray(image.model()), ModelWriter.toByteArray(shapes.model()));
    }

    @Test
    void damagedModelsNameTheirDamage() {
        List<byte[]> models = models();
        for (int i = 0; i < COUNT; i++) {
            byte[] damaged = mutated(models.get(i % models.size()), new Random(i));
            try {
                run(damaged);
            } catch (FormatException | OnnxException | ShapeException named) {
                if (named.getMessage() == null) {
                    fail("seed " + i + ": no message", named);
                }
            } catch (IOException | RuntimeException | Error e) {
                fail("seed " + i + ": " + e, e);
            }
        }
    }

    private static byte[] mutated(byte[] model, Random random) {
        byte[] bytes = model.clone();
        switch (random.nextInt(4)) {
            case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 1 -> bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> {
                for (int k = 0; k < 8; k++) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
            }
            default -> {
                // the small end of the file, where the nodes are, not the weights
                int at = random.nextInt(Math.min(bytes.length, 600));
                bytes[at] = (byte) random.nextInt(256);
                bytes[(at + 1) % bytes.length] = (byte) random.nextInt(256);
            }
        }
        return bytes;
    }

    private static void run(byte[] bytes) throws IOException {
        Model model = ModelReader.read(ByteBuffer.wrap(bytes), null);
        try (Scope scope = Scope.noGrad()) {
            OnnxNetwork network = Onnx.network("damaged.onnx", model, Device.cpu(), MAX_ELEMENTS);
            Map<String, Tensor> inputs = new LinkedHashMap<>();
            for (ValueInfo v : model.graph().inputs()) {
                inputs.put(v.name(), Tensor.zeros(Device.cpu(), shape(v)));
            }
            network.run(inputs, Pass.INFERENCE);
        }
    }

    private static Shape shape(ValueInfo v) {
        int[] dims = v.dims() == null
                ? new int[] {1, 3, 8, 6}
                : v.dims().stream()
                        .mapToInt(d -> d instanceof ValueInfo.Dim.Fixed f && f.extent() == (byte) f.extent()
                                ? (int) f.extent()
                                : 1)
                        .toArray();
        return Shape.of(dims);
    }
}
