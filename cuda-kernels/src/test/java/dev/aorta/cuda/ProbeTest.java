package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user is told on machines of all kinds; each in a process of its own, as a process loads a library once. */
class ProbeTest {
    private static final String PRODUCT = "product: [5.0, 11.0, 11.0, 25.0]";

    @TempDir
    Path temporary;

    @BeforeAll
    static void device() {
        SoftwareCuda.require();
    }

    private static String probe(String path, Map<String, String> environment, String... jvm) {
        return probe(System.getProperty("java.class.path"), path, environment, jvm);
    }

    private static String probe(String classPath, String path, Map<String, String> environment, String... jvm) {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "--enable-native-access=ALL-UNNAMED",
                "-Daorta.cuda.trial.seconds=0",
                "-Daorta.cuda.path=" + path));
        command.addAll(List.of(jvm));
        command.addAll(List.of("-cp", classPath, Probe.class.getName()));
        try {
            var builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().putAll(environment);
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue()).as(output).isZero();
            return output;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String whole() {
        return SoftwareCuda.path("driver", "cuda12", "cudnn");
    }

    @Test
    void cuda12() {
        assertThat(probe(whole(), Map.of()))
                .contains("unusable: \n", PRODUCT)
                .contains(
                        "description: Software CUDA device, sm_90, driver for CUDA 12.6, convolutions by cuDNN 9.5, products by"
                                + " cuBLAS 12.6, tf32");
    }

    @Test
    void cuda13() {
        assertThat(probe(SoftwareCuda.path("driver", "cuda13", "cudnn"), Map.of("SOFTWARE_CUDA_DRIVER", "13000")))
                .contains("unusable: \n", PRODUCT, "driver for CUDA 13.0", "products by cuBLAS 13.6");
    }

    /** cuBLAS is linked with libcublasLt and cuDNN opens libnvrtc, by names that the system's loader does not know. */
    @Test
    void librariesThatOthersNeedAreLoadedFromTheirFolders() {
        assertThat(probe(whole(), Map.of()))
                .contains("libcublasLt.so.12", "libnvrtc.so.12")
                .doesNotContain(".so.13");
        assertThat(probe(SoftwareCuda.path("driver", "cuda13", "cudnn"), Map.of("SOFTWARE_CUDA_DRIVER", "13000")))
                .contains("libcublasLt.so.13", "libnvrtc.so.13")
                .doesNotContain(".so.12");
    }

    @Test
    void withoutLibrariesOwnKernelsComputeAndTheDescriptionSaysSo() {
        assertThat(probe(SoftwareCuda.path("driver"), Map.of()))
                .contains(
                        "convolutions by own kernels, products by own kernels, tf32; cuDNN not found; cuBLAS not found",
                        PRODUCT);
        assertThat(probe(SoftwareCuda.path("driver", "cudnn"), Map.of()))
                .contains("convolutions by cuDNN 9.5, products by own kernels, tf32; cuBLAS not found", PRODUCT);
        assertThat(probe(whole(), Map.of(), "-Daorta.cuda.libraries=none"))
                .contains("convolutions by own kernels, products by own kernels, tf32\n", PRODUCT);
    }

    @Test
    void requiredLibrariesThatAreMissingAreNamed() {
        assertThat(probe(SoftwareCuda.path("driver", "cuda12"), Map.of(), "-Daorta.cuda.libraries=require"))
                .contains(
                        "refused: [cuda] cuDNN missing: libcudnn.so.9 was not found\n    searched  ",
                        "    install   cuDNN 9");
        assertThat(probe(SoftwareCuda.path("driver", "cudnn"), Map.of(), "-Daorta.cuda.libraries=require"))
                .contains("refused: [cuda] cuBLAS missing: libcublas.so.12 or libcublas.so.13 was not found");
    }

    @Test
    void driverMissing() {
        assertThat(probe(SoftwareCuda.path("cuda12", "cudnn"), Map.of()))
                .contains("unusable: [cuda] no NVIDIA driver: libcuda.so.1 was not found\n    searched  ")
                .contains("refused: [cuda] no NVIDIA driver");
    }

    @Test
    void noGpu() {
        assertThat(probe(whole(), Map.of("SOFTWARE_CUDA_FAIL", "cuInit:1:100")))
                .contains("unusable: [cuda] no GPU: the driver is installed and finds no device\n    cure      ");
        assertThat(probe(whole(), Map.of("SOFTWARE_CUDA_DEVICES", "0")))
                .contains("refused: [cuda] no GPU 0: the driver lists 0\n    cure      ");
    }

    @Test
    void driverBroken() {
        assertThat(probe(whole(), Map.of("SOFTWARE_CUDA_FAIL", "cuInit:1:999")))
                .contains("unusable: [cuda] the driver does not start: ", "(999)", "run nvidia-smi");
    }

    @Test
    void driverTooOld() {
        assertThat(probe(whole(), Map.of("SOFTWARE_CUDA_DRIVER", "11080")))
                .contains("unusable: [cuda] driver too old: it offers CUDA 11.8; needs CUDA 12.0");
    }

    @Test
    void gpuTooOld() {
        assertThat(probe(whole(), Map.of("SOFTWARE_CUDA_CAPABILITY", "60")))
                .contains("unusable: [cuda] GPU too old: Software CUDA device has compute capability 6.0; needs 7.5");
    }

    /** Turing has no TF32: its own kernels multiply in float32, and the kernels for tensor cores are not loaded. */
    @Test
    void gpuWithoutTf32() {
        assertThat(probe(SoftwareCuda.path("driver"), Map.of("SOFTWARE_CUDA_CAPABILITY", "75")))
                .contains("products by own kernels, fp32", PRODUCT);
        assertThat(probe(SoftwareCuda.path("driver"), Map.of())).contains("products by own kernels, tf32", PRODUCT);
        assertThat(probe(whole(), Map.of("SOFTWARE_CUDA_CAPABILITY", "75"), "-Daorta.cuda.math=bfloat16"))
                .contains("unusable: [cuda:0] no bfloat16: Software CUDA device has compute capability 7.5; needs 8.0");
    }

    @Test
    void wrongVersions() {
        assertThat(probe(whole(), Map.of("SOFTWARE_CUDNN_VERSION", "8907")))
                .contains("unusable: [cuda:0] cuDNN 8.9 is not cuDNN 9\n    cure      ", "refused: [cuda:0] cuDNN 8.9");
        assertThat(probe(whole(), Map.of("SOFTWARE_CUBLAS_VERSION", "140100")))
                .contains("refused: [cuda:0] cuBLAS 14.1 is not one of 12 and 13\n    cure      ");
    }

    @Test
    void aCublasThatComputesNonsense() {
        assertThat(probe(whole(), Map.of("SOFTWARE_CUBLAS_WRONG", "1")))
                .contains("refused: [cuda:0] cuBLAS 12.6 computes a wrong product: ", "aorta.cuda.libraries=none");
    }

    @Test
    void aLibraryThatIsNone() throws IOException {
        Files.writeString(temporary.resolve("libcudnn.so.9"), "not a library");
        assertThat(probe(SoftwareCuda.path("driver") + ":" + temporary, Map.of()))
                .contains("unusable: [cuda] a library was found and cannot be loaded: ", temporary + "/libcudnn.so.9");
    }

    @Test
    void nativesMissing() {
        String classPath = Stream.of(System.getProperty("java.class.path").split(":", -1))
                .filter(jar -> !jar.contains("jcudnn-natives"))
                .collect(Collectors.joining(":"));
        assertThat(probe(classPath, whole(), Map.of()))
                .contains("unusable: [cuda] natives missing: " + Natives.CUDNN + " is not on the class path");
    }

    @Test
    void nothingIsLeftInTheTemporaryFolder() {
        assertThat(probe(whole(), Map.of(), "-Djava.io.tmpdir=" + temporary)).contains(PRODUCT);
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void whatLiesInTheSharedTemporaryFolderIsNotLoaded() throws IOException {
        Files.writeString(temporary.resolve(Natives.DRIVER), "planted");
        assertThat(probe(whole(), Map.of(), "-Djava.io.tmpdir=" + temporary)).contains(PRODUCT);
    }
}
