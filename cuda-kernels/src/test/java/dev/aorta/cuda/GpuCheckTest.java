package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.io.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
        SoftwareCuda.setMemory(812 << 10); // beside a block for uploads
        try {
            var plan = new GpuTimings.Plan(
                    16, List.of(4), List.of(1, 64), 1, 1 << 10, 0, 300, 0, 0, GpuTimings.Way.ALL.subList(2, 3));
            var failed = new GpuTimings(plan)
                    .measure().stream().filter(row -> row.ms() == null).toList();
            assertThat(failed)
                    .isNotEmpty()
                    .allSatisfy(row -> assertThat(row.unit()).startsWith("[cuda:0] out of memory: "));
        } finally {
            SoftwareCuda.setMemory(4L << 30);
        }
    }

    @Test
    void whatThereIsNoTimeForIsARowToo() {
        var rows = new GpuTimings(
                        new GpuTimings.Plan(8, List.of(2), List.of(1), 1, 1 << 10, 0, 0, 0, 0, GpuTimings.Way.ALL))
                .measure();
        assertThat(rows.getFirst().unit()).isEqualTo("GB/s");
        assertThat(rows.subList(1, rows.size()))
                .isNotEmpty()
                .allSatisfy(row -> assertThat(row.unit()).isEqualTo("not measured: the 0 seconds were used up"));
    }

    /** An executable with that text. */
    private Path program(String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return file;
    }

    /** With what stands for Python and PyTorch, and for a sanitizer that finds nothing. */
    @Test
    void checksAndTimes() throws Exception {
        Path python = program("python3", """
                #!/bin/bash
                echo '{"torch": "2.9", "device": "H200"}'
                echo '{"base": 2, "parameters": 434}'
                echo '{"base": 2, "batch": 1, "how": "eager", "what": "training step", "ms": 1e9}'
                echo '{"base": 2, "batch": 1, "how": "compile", "error": "no compiler"}'
                """);
        Path sanitizer = program("compute-sanitizer", """
                #!/bin/bash
                echo "========= COMPUTE-SANITIZER"
                "${@:3}"
                echo "========= ERROR SUMMARY: 0 errors"
                """);
        var text = new ByteArrayOutputStream();
        var tools = new GpuCheck.Tools(python, "cuda", sanitizer, List.of("memcheck"), 1000);
        int status = new GpuCheck(new PrintStream(text, true, StandardCharsets.UTF_8))
                .run(folder, GpuTimings.Plan.SMOKE, tools, List.of(Half.class));
        assertThat(status).isEqualTo(2);
        String printed = text.toString(StandardCharsets.UTF_8);
        assertThat(printed)
                .contains("Software CUDA device", "contract, Half: 1 passed, 1 failed", "told to fail")
                .contains("PyTorch 2.9 on H200", "no compiler")
                .containsPattern("U-Net base 2 batch 1, 8x8 training step.* times faster than torch eager")
                .containsPattern("compute-sanitizer memcheck +clean: contract, OwnKernels: \\d{2} passed, 0 failed,"
                        + " contract, OwnKernelsInTf32: \\d{2} passed, 0 failed,"
                        + " contract, OwnKernelsInBfloat16: \\d{2} passed, 0 failed");
        Json report = Json.parse(Files.readAllBytes(folder.resolve("gpu-check.json")));
        assertThat(report.get("timings").asList()).hasSize(1 + 2 * 12 + 6 * (1 + 2 * 3 + 2));
        assertThat(report.get("timings").asList())
                .noneMatch(row -> row.compact().contains("\"-\""));
        assertThat(report.get("timings").asList().stream()
                        .filter(row -> row.compact().contains("percent of the ceiling")))
                .hasSize(2 * 12 + 6 * 2 * 3);
        assertThat(report.get("ratios").asList()).hasSize(1);
        assertThat(report.get("contract, Half").get("failed").asDouble()).isEqualTo(1);
        assertThat(folder.resolve("gpu-check.txt")).content().isEqualTo(printed);
    }

    /** The script itself; where Python has PyTorch its figures, else why there are none. */
    @Test
    void theScriptForPyTorchRuns() throws Exception {
        Path python = GpuTorch.python();
        assumeTrue(python != null, "skipped: there is no python3");
        var rows = new GpuTorch(GpuTimings.Plan.SMOKE).measure(python, "cpu");
        if (rows.getFirst().unit().startsWith("PyTorch")) {
            assertThat(rows.stream().filter(row -> row.ms() != null)).hasSizeGreaterThanOrEqualTo(4);
        } else {
            assertThat(rows)
                    .singleElement()
                    .satisfies(row -> assertThat(row.unit()).endsWith("No module named 'torch'"));
        }
    }

    @Test
    void anotherNetworkIsNotCompared() throws Exception {
        Path python = program("python3", """
                #!/bin/bash
                echo '{"torch": "2.9", "device": "H200"}'
                echo '{"base": 2, "parameters": 435}'
                echo '{"base": 2, "batch": 1, "how": "eager", "what": "training step", "ms": 1}'
                exit 3
                """);
        var rows = new GpuTorch(GpuTimings.Plan.SMOKE).measure(python, "cuda");
        assertThat(rows.stream().map(row -> row.unit()))
                .containsExactly(
                        "PyTorch 2.9 on H200", "435 parameters there and 434 here", "python3 ended with status 3");
    }

    @Test
    void whatTheSanitizerSays() throws Exception {
        Path finds = program(
                "finds",
                "#!/bin/bash\necho '========= RACECHECK SUMMARY: 2 hazards displayed (2 errors, 0"
                        + " warnings)'\nexit 9");
        Path hangs = program("hangs", "#!/bin/bash\necho '========= Invalid __global__ read'\nsleep 100");
        Path fails = program("fails", "#!/bin/bash\nexit 4");
        assertThat(sanitized(finds, 30)).isEqualTo(new GpuSanitizer.Result("racecheck", 2, "2 errors: "));
        assertThat(sanitized(hangs, 1).text()).isEqualTo("ended after 1 seconds, said 1 lines until then: ");
        assertThat(sanitized(fails, 30).text()).isEqualTo("no summary, exit status 4: ");
        assertThat(sanitized(null, 30).text()).isEqualTo("not run: there is no compute-sanitizer");
    }

    private static GpuSanitizer.Result sanitized(@Nullable Path program, int seconds) {
        return GpuSanitizer.check(program, seconds, 1, "racecheck");
    }
}
