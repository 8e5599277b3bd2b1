package dev.aorta.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.Onnx;
import dev.aorta.onnx.OnnxExport;
import dev.aorta.onnx.OnnxNetwork;
import dev.aorta.onnx.export.ExportJudge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The networks of the zoo as ONNX Runtime computes them, and as they come back. */
class ExportedZooTest {
    private static final long SEED = 20261129;

    /** A transformer has positions of one size; the other two run other operations where a scale is no whole number. */
    private static final Set<String> OF_ONE_SIZE = Set.of("ViT", "FCN", "DeepLabV3+");

    @TempDir
    Path folder;

    static Stream<String> names() {
        return Zoo.SMALL.keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("names")
    void itIsComputedAlikeAndComesBack(String name) throws IOException, OrtException {
        Layer network = Objects.requireNonNull(Zoo.SMALL.get(name)).build(Device.cpu(), SEED);
        boolean oneSize = OF_ONE_SIZE.contains(name);
        int side = name.equals("ViT") ? 48 : 32;
        Shape example = Shape.of(2, side, side, 3);
        Shape[] sizes = oneSize
                ? new Shape[] {example, example.with(0, 1), example.with(0, 3)}
                : new Shape[] {example, Shape.of(1, 64, 48, 3), Shape.of(1, 40, 56, 3)};
        for (int opset : new int[] {17, 20}) {
            OnnxExport.Options options = OnnxExport.Options.DEFAULT.withOpset(opset);
            Path file = folder.resolve(opset + ".onnx");
            OnnxExport.Report report = ExportJudge.check(network, file, options, SEED, sizes);
            assertThat(report.fixed().keySet()).isEqualTo(oneSize ? Set.of("height", "width") : Set.of());
            Path again = folder.resolve(opset + "-again.onnx");
            OnnxNetwork back = Onnx.load(file, Device.cpu());
            OnnxExport.save(back, again, options, Shape.of(2, 3, side, side));
            assertThat(again).hasSameBinaryContentAs(file);
            assertThat(distance(network, back.channelsLast(), example)).isLessThan(1e-4);
        }
    }

    /** Largest difference of two networks on random images, relative to the largest output. */
    private static double distance(Layer network, Layer other, Shape shape) {
        Random random = new Random(SEED);
        float[] pixels = new float[shape.size()];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        try (Scope run = Scope.noGrad()) {
            Tensor images = Tensor.of(Device.cpu(), pixels, shape.dims());
            Tensor expected = network.forward(images, Pass.INFERENCE);
            Tensor apart = other.forward(images, Pass.INFERENCE).sub(expected).abs();
            return apart.max().item() / expected.abs().max().item();
        }
    }
}
