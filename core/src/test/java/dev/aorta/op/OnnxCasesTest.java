package dev.aorta.op;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OrtException;
import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.onnx.export.ExportJudge;
import dev.aorta.onnx.export.Exporter;
import dev.aorta.onnx.export.Exporter.Input;
import dev.aorta.onnx.export.OnnxRuntime;
import dev.aorta.onnx.proto.Model;
import dev.aorta.onnx.proto.ModelWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every op as ONNX Runtime computes its export, against the reference. */
class OnnxCasesTest {
    private static final Set<Class<? extends Op>> OF_TRAINING =
            Set.of(BatchNorm.class, Dropout.class, FocalLoss.class, DiceLoss.class);

    @TempDir
    Path folder;

    static List<OpCases.Case> computed() {
        return OpCases.all().stream().filter(c -> !OF_TRAINING.contains(c.op())).toList();
    }

    static List<OpCases.Case> ofTraining() {
        return OpCases.all().stream().filter(c -> OF_TRAINING.contains(c.op())).toList();
    }

    @ParameterizedTest
    @MethodSource("computed")
    void itsExportIsComputedAlike(OpCases.Case c) throws IOException, OrtException {
        for (int opset : new int[] {17, 20}) {
            Path file = folder.resolve(opset + ".onnx");
            ModelWriter.write(
                    Model.of(
                            8,
                            "",
                            opset,
                            new LinkedHashMap<>(),
                            export(c, opset).graph()),
                    file);
            try (OnnxRuntime runtime = new OnnxRuntime(file);
                    Device device = Device.reference();
                    Scope scope = Scope.noGrad()) {
                Tensor[] inputs = GradientTest.inputs(c, device);
                Map<String, OnnxRuntime.Array> given = new LinkedHashMap<>();
                for (int i = 0; i < inputs.length; i++) {
                    given.put("x" + i, ExportJudge.toFile(inputs[i]));
                }
                Tensor got = ExportJudge.fromFile(runtime.run(given));
                ExportJudge.compare(c + ", opset " + opset, got, c.call().apply(inputs));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ofTraining")
    void whatBelongsToTrainingIsRefused(OpCases.Case c) {
        assertThatThrownBy(() -> export(c, 17))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageMatching("\\[onnx] \\[\\w+] belongs to training and has no counterpart in ONNX; .*");
    }

    private static Exporter.Result export(OpCases.Case c, int opset) {
        List<Input> inputs = new ArrayList<>();
        for (OpCases.Input in : c.inputs()) {
            inputs.add(new Input("x" + inputs.size(), in.shape()));
        }
        return Exporter.export(new Exporter.Request(
                t -> List.of(c.call().apply(t.toArray(Tensor[]::new))), inputs, List.of("y"), true, List.of(), opset));
    }
}
