package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.io.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check for real GPUs, on the software device and with tiny sizes, so that it works on the day there is one. */
class GpuCheckTest extends CudaTests {
    @TempDir
    Path folder;

    /** A contract that holds in one point and not in another. */
    static class Half {
        @Test
        void holds() {}

        @Test
        void doesNot() {
            throw new AssertionError("told to fail");
        }
    }

    @Test
    void whatDoesNotFitIsARowAndTheRestGoesOn() {
        SoftwareCuda.setMemory((32 << 20) + (812 << 10)); // beside the workspace of cuBLAS and a block for uploads
        try {
            var plan = new GpuTimings.Plan(16, List.of(4), List.of(1, 64), 1, 1 << 10, 0, 300);
            var failed = new GpuTimings(plan)
                    .measure().stream().filter(row -> "-".equals(row.get("ms"))).toList();
            assertThat(failed)
                    .isNotEmpty()
                    .allSatisfy(
                            row -> assertThat(String.valueOf(row.get("unit"))).startsWith("[cuda:0] out of memory: "));
        } finally {
            SoftwareCuda.setMemory(4L << 30);
        }
    }

    @Test
    void whatThereIsNoTimeForIsARowToo() {
        var rows = new GpuTimings(new GpuTimings.Plan(8, List.of(2), List.of(1), 1, 1 << 10, 0, 0)).measure();
        assertThat(rows.getFirst().get("unit")).isEqualTo("GB/s");
        assertThat(rows.subList(1, rows.size()))
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row.get("unit")).isEqualTo("not measured: the 0 seconds were used up"));
    }

    @Test
    void checksAndTimes() throws Exception {
        var text = new ByteArrayOutputStream();
        int status = new GpuCheck(new PrintStream(text, true, StandardCharsets.UTF_8))
                .run(folder, GpuTimings.Plan.SMOKE, Half.class);
        assertThat(status).isEqualTo(2);
        String printed = text.toString(StandardCharsets.UTF_8);
        assertThat(printed).contains("Software CUDA device", "contract, Half: 1 passed, 1 failed", "told to fail");
        assertThat(printed.lines().filter(l -> l.contains(" ms "))).hasSize(1 + 3 * (1 + 2 * 3 + 3));
        Json report = Json.parse(Files.readAllBytes(folder.resolve("gpu-check.json")));
        assertThat(report.get("timings").asList()).hasSize(31);
        assertThat(report.get("contract, Half").get("failed").asDouble()).isEqualTo(1);
        assertThat(folder.resolve("gpu-check.txt")).content().contains("U-Net base 2 batch 1, 8x8 training step");
    }
}
