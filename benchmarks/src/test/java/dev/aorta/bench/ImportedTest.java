package dev.aorta.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.Scope;
import dev.aorta.Shape;
import dev.aorta.backend.cpu.CpuBackend;
import dev.aorta.nn.Layers;
import dev.aorta.onnx.Onnx;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportedTest {
    @Test
    void theOperationsOfAFileAreMeasured(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("small.onnx");
        try (Device device = Device.cpu(1);
                Scope scope = Scope.noGrad()) {
            Onnx.save(new Layers(device, 1).named("conv").conv2d(3, 4, 3), file, Shape.of(1, 8, 8, 3));
        }
        Profile profile = new Profile(new CpuBackend(1));
        try (Imported imported = new Imported(file.toString(), 2, 12, Device.of(profile.backend()))) {
            imported.infer();
            profile.endRun();
        }
        assertThat(profile.lines()).anyMatch(l -> l.operation().startsWith("conv2d [1152] 2x12x12x3 3x3/1 to 4"));
    }

    @Test
    void networksOfTheZooAndFilesHaveNames() {
        assertThat(Imported.isNamed(Case.networkOf("mobilenetv2x8"))).isTrue();
        assertThat(Imported.isNamed(Case.networkOf("folder/box.onnxx1"))).isTrue();
        assertThat(Imported.isNamed(Case.networkOf("unet-16x1"))).isFalse();
        assertThat(Case.batchOf("mobilenetv2x8")).isEqualTo(8);
    }
}
