package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.aorta.backend.Binary;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.Unary;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The committed PTX: made of the committed sources, and loadable by the first drivers for CUDA 12. That takes a minute to see, and
 * is seen by {@code cuda-kernels/ptx} when it makes the PTX, or with {@code -Daorta.ptx=compile}; otherwise by digests.
 */
class PtxTest {
    private static final String COMPILE = "aorta.ptx";

    @BeforeAll
    static void load() {
        try (var natives = new Natives()) {
            natives.extract("libJNvPTXCompiler-12.6.0-linux-x86_64.so", UnaryOperator.identity());
            natives.load(() -> JNvPTXCompiler.setExceptionsEnabled(false));
        }
    }

    @Test
    @DisabledIfSystemProperty(named = COMPILE, matches = "compile", disabledReason = "it is compiled")
    void isThatOfTheSourcesThatWasAccepted() throws Exception {
        List<String> digests = new ArrayList<>();
        for (String folder : List.of("src/main/cuda", "src/main/resources/dev/aorta/cuda")) {
            try (Stream<Path> files = Files.list(Path.of(folder))) {
                for (Path file : files.sorted().toList()) {
                    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                    digests.add(HexFormat.of().formatHex(digest) + "  " + folder + "/" + file.getFileName());
                }
            }
        }
        assertThat(Path.of("ptx.sha256"))
                .as("kernels or PTX were changed: run cuda-kernels/ptx")
                .content()
                .hasLineCount(digests.size())
                .contains(digests);
    }

    @Test
    @EnabledIfSystemProperty(named = COMPILE, matches = "compile")
    void isWhatTheSourcesCompileTo() throws IOException, InterruptedException {
        assumeTrue(
                SoftwareCuda.isInstalled("nvcc") || Files.isExecutable(Path.of("/usr/local/cuda/bin/nvcc")),
                "skipped: nvcc is not installed");
        Process check = new ProcessBuilder("bash", "ptx", "--check")
                .redirectErrorStream(true)
                .start();
        String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(check.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(check.exitValue()).as(output).isZero();
    }

    /** JCuda 12.6 brings NVIDIA's PTX compiler of CUDA 12.0, the generation of driver 525. */
    @ParameterizedTest
    @EnabledIfSystemProperty(named = COMPILE, matches = "compile")
    @CsvSource({"ALL, sm_75", "ALL, sm_90", "TENSOR, sm_80", "TENSOR, sm_90"})
    void isAcceptedByTheCompilerOfCuda120(Kernels.Ptx file, String target) {
        byte[] ptx = file.text();
        var compiler = new nvPTXCompilerHandle();
        assertThat(JNvPTXCompiler.nvPTXCompilerCreate(compiler, ptx.length - 1, ptx))
                .isZero();
        int status = JNvPTXCompiler.nvPTXCompilerCompile(
                compiler, 1, new String[] {"--gpu-name=" + target, "--opt-level=1"});
        long[] size = new long[1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(compiler, size);
        byte[] log = new byte[(int) size[0] + 1];
        JNvPTXCompiler.nvPTXCompilerGetErrorLog(compiler, log);
        assertThat(status).as(new String(log, StandardCharsets.US_ASCII)).isZero();
        JNvPTXCompiler.nvPTXCompilerDestroy(compiler);
    }

    /** Kernels that only move numbers reach the memory's bandwidth by 16 bytes at a time. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "binary_add",
                "binary_mul_grad_a",
                "unary_relu",
                "unary_relu_grad",
                "bias_add",
                "bias_grad",
                "copy",
                "gather",
                "max_pool",
                "norm_apply",
                "adam"
            })
    void movesSixteenBytesAtATime(String kernel) {
        String text = new String(Kernels.Ptx.ALL.text(), StandardCharsets.US_ASCII);
        String code = text.substring(text.indexOf(".entry " + kernel + "("));
        code = code.substring(0, code.indexOf("\n}"));
        assertThat(code).containsPattern("ld\\.global(\\.nc)?\\.v4\\.").containsPattern("st\\.global\\.v4\\.");
    }

    /** A function without a kernel would be found missing when somebody calls it, a kernel without a function never. */
    @Test
    void everyFunctionHasItsKernelsAndEveryKernelItsFunction() {
        Set<String> expected = new TreeSet<>();
        List.of("unary_%s", "unary_%s_grad")
                .forEach(f -> expected.addAll(Kernels.names(Unary.Kind.class, f).values()));
        List.of("binary_%s", "binary_%s_grad_a", "binary_%s_grad_b")
                .forEach(f -> expected.addAll(Kernels.names(Binary.class, f).values()));
        List.of("reduce_%s", "reduce_%s_chunks")
                .forEach(f -> expected.addAll(Kernels.names(Reduction.class, f).values()));
        String text = new String(Kernels.Ptx.ALL.text(), StandardCharsets.US_ASCII);
        Set<String> kernels = Pattern.compile("\\.entry ((unary|binary|reduce)_\\w+)\\(")
                .matcher(text)
                .results()
                .map(m -> m.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(kernels).isEqualTo(expected);
    }

    /** Sums by atomics would depend on the order in which blocks finish. */
    @ParameterizedTest
    @EnumSource
    void noKernelAddsWithAtomics(Kernels.Ptx file) {
        String text = new String(file.text(), StandardCharsets.US_ASCII);
        assertThat(text).doesNotContainPattern(Pattern.compile("(atom|red)\\.[a-z.]*add\\.f"));
    }
}
