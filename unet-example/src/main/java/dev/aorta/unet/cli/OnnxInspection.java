package dev.aorta.unet.cli;

import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Scope;
import dev.aorta.onnx.Onnx;
import dev.aorta.onnx.OnnxCheck;
import dev.aorta.onnx.OnnxException;
import dev.aorta.onnx.OnnxNetwork;
import java.io.IOException;
import java.nio.file.Path;

/** What is in an ONNX file, and whether it can be run. */
final class OnnxInspection {
    private OnnxInspection() {}

    /** Prints it, and returns whether the model can be run. */
    static boolean print(Path file, RecordInspection.Printer out) throws IOException {
        out.line("kind", "ONNX");
        OnnxCheck.operators(file).forEach((name, count) -> out.line("operator", "%-24s %,d", name, count));
        try (Scope scope = Scope.noGrad()) {
            OnnxNetwork network = Onnx.load(file, Device.cpu());
            out.line("opset", "%d", network.opset());
            out.line("made by", "%s", network.producer());
            network.metadata().forEach((key, value) -> out.line("metadata", "%s = %s", key, value));
            network.inputs().forEach(port -> out.line("input", "%s", port));
            network.outputs().forEach(port -> out.line("output", "%s", port));
            long values = 0;
            for (Parameter p : network.parameters()) {
                values += p.shape().size();
                out.line("parameter", "%-40s %s", p.name(), p.shape());
            }
            out.line("parameters", "%,d with %,d values", network.parameters().size(), values);
            network.fusions().forEach((name, count) -> out.line("fused", "%-24s %,d", name, count));
            out.line("runs", "yes");
            return true;
        } catch (OnnxException e) {
            out.line("runs", "no: %s", String.valueOf(e.getMessage()));
            return false;
        }
    }
}
