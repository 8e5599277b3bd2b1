package dev.aorta.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.Tensor;
import dev.aorta.io.Safetensors;
import dev.aorta.nn.Layer;
import dev.aorta.nn.Pass;
import dev.aorta.onnx.export.ExportJudge;
import dev.aorta.onnx.export.OnnxRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is exported, imported and exported again is the same file. */
class OnnxRoundTripTest {
    @TempDir
    Path folder;

    private final OnnxExportTest networks = new OnnxExportTest();

    @ParameterizedTest
    @ValueSource(ints = {17, 20})
    void everyLayerComesBack(int opset) throws IOException {
        List<String> changed = new ArrayList<>();
        for (Layer layer : networks.ofImages()) {
            add(changed, layer, opset, Shape.of(2, 8, 6, 4), Shape.of(2, 4, 8, 6));
        }
        for (Layer layer : networks.ofSequences()) {
            add(changed, layer, opset, Shape.of(2, 5, 4), Shape.of(2, 5, 4));
        }
        add(changed, networks.classifier(), opset, Shape.of(2, 28, 28, 1), Shape.of(2, 1, 28, 28));
        assertThat(changed).isEmpty();
    }

    private void add(List<String> changed, Layer layer, int opset, Shape own, Shape file) throws IOException {
        Path first = folder.resolve("first.onnx");
        Path second = folder.resolve("second.onnx");
        OnnxExport.Options options = OnnxExport.Options.DEFAULT.withOpset(opset).withMetadata("by", "a test");
        OnnxExport.save(layer, first, options, own);
        OnnxExport.save(Onnx.load(first, Device.cpu()), second, OnnxExport.Options.DEFAULT.withOpset(opset), file);
        if (Files.mismatch(first, second) >= 0) {
            changed.add(layer.name());
        }
    }

    /** Files of other exporters, when they are there: the first export computes the same, the second is the first. */
    @Test
    void networksOfOtherProgramsComeBack() throws IOException, OrtException {
        List<Path> files;
        try (Stream<Path> all = Files.list(StandardCases.folder("models"))) {
            files = all.filter(f -> f.toString().endsWith(".onnx")).sorted().toList();
        }
        List<String> changed = new ArrayList<>();
        for (Path file : files) {
            String name = String.valueOf(file.getFileName());
            Safetensors expected = Safetensors.read(
                    file.resolveSibling(name.split("\\.(dynamo|torchscript)")[0] + ".expected.safetensors"));
            Safetensors.Entry x = Objects.requireNonNull(expected.tensors().get("input"));
            Shape shape = Shape.of(x.shape());
            OnnxNetwork network = Onnx.load(file, Device.cpu());
            Path first = folder.resolve(name);
            Path second = folder.resolve("again-" + name);
            OnnxExport.save(network, first, shape);
            OnnxExport.save(Onnx.load(first, Device.cpu()), second, shape);
            if (Files.mismatch(first, second) >= 0) {
                changed.add(name);
            }
            try (OnnxRuntime runtime = new OnnxRuntime(first);
                    Scope scope = Scope.noGrad()) {
                Tensor want = network.forward(Tensor.of(Device.cpu(), x.floats(), x.shape()), Pass.INFERENCE);
                String input = network.inputs().getFirst().name();
                OnnxRuntime.Array got = runtime.run(Map.of(input, OnnxRuntime.Array.of(x.floats(), x.shape())));
                int[] dims = want.shape().dims();
                ExportJudge.compare(name, Tensor.of(Device.cpu(), got.values(), dims), want);
            }
        }
        assertThat(changed).isEmpty();
    }
}
