package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A training step whose memory is in the pool neither allocates, nor waits, nor asks cuDNN again. */
class SteadyStateTest extends CudaTests {
    private static final List<String> NOT_IN_A_STEP = List.of(
            "cuMemAlloc",
            "cuMemFree",
            "cuMemAllocHost",
            "cuStreamSynchronize",
            "cuCtxSynchronize",
            "cuEventSynchronize",
            "cuMemcpyHtoDAsync",
            "cuMemcpyDtoHAsync",
            "cuModuleGetFunction",
            "cudnnCreateDescriptor",
            "cudnnGetConvolutionForwardAlgorithm_v7",
            "cudnnGetConvolutionBackwardFilterAlgorithm_v7");

    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NONE"})
    void aStepOnlyLaunches(CudaOptions.Libraries libraries) {
        try (CudaBackend backend = open(libraries);
                TinyStep step = new TinyStep(backend)) {
            step.run(1e-3f, 1);
            long reserved = backend.reservedBytes();
            Map<String, Long> before = counts();
            for (int i = 2; i < 6; i++) {
                step.run(1e-3f, i);
            }
            assertThat(counts()).isEqualTo(before);
            assertThat(backend.reservedBytes()).isEqualTo(reserved);
            assertThat(step.weights()).doesNotContain(Float.NaN);
        }
    }

    private static Map<String, Long> counts() {
        return NOT_IN_A_STEP.stream().collect(Collectors.toMap(Function.identity(), SoftwareCuda::calls));
    }
}
