package dev.aorta.unet.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.aorta.Device;
import dev.aorta.Parameter;
import dev.aorta.Shape;
import dev.aorta.nn.Layer;
import dev.aorta.onnx.OnnxExport;
import dev.aorta.onnx.export.ExportJudge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The networks of the application as ONNX Runtime computes them. */
class ExportedNetworkTest {
    private static final long SEED = 11;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void theUNetIsFreeInBatchAndSize(Norm norm) throws IOException, OrtException {
        Layer unet = new UNet(Device.cpu(), 1, 2, 8, 4, norm, SEED);
        Random random = new Random(SEED);
        for (Parameter p : unet.parameters()) {
            if (p.state()) {
                float[] statistics = new float[p.shape().size()];
                for (int i = 0; i < statistics.length; i++) {
                    statistics[i] = 0.5f + random.nextFloat();
                }
                p.set(statistics);
            }
        }
        check(unet, Shape.of(1, 64, 64, 1), Shape.of(2, 32, 48, 1), Shape.of(1, 96, 16, 1));
    }

    @Test
    void theLabNetworkIsFreeInBatchAndSize() throws IOException, OrtException {
        check(
                LabNetwork.of(Device.cpu(), SEED),
                Shape.of(1, 64, 64, 1),
                Shape.of(2, 32, 48, 1),
                Shape.of(1, 50, 39, 1));
    }

    private void check(Layer network, Shape... sizes) throws IOException, OrtException {
        for (int opset : new int[] {17, 20}) {
            OnnxExport.Report report = ExportJudge.check(
                    network, folder.resolve("network.onnx"), OnnxExport.Options.DEFAULT.withOpset(opset), SEED, sizes);
            assertThat(report.inputs()).containsExactly("input float [batch, 1, height, width]");
            assertThat(report.fixed()).isEmpty();
        }
    }
}
