package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.aorta.Device;
import dev.aorta.Gradients;
import dev.aorta.Scope;
import dev.aorta.Tensor;
import dev.aorta.nn.Pass;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Schedule;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    @CsvSource({"REQUIRE, FP32", "NONE, FP32", "NONE, TF32", "REQUIRE, BFLOAT16", "NONE, BFLOAT16"})
    void aStepOnlyLaunches(CudaOptions.Libraries libraries, CudaOptions.Math math) {
        try (CudaBackend backend = open(libraries, math);
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

    /** Forward, loss, backward, clipping and Adam: the only wait is that for the loss. */
    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NONE"})
    void aStepOfLayersWaitsForTheLossAlone(CudaOptions.Libraries libraries) {
        try (Device device = Device.of(open(libraries));
                Scope model = Scope.open()) {
            var net = new CheckNet(device, 2, 1);
            var adam = new Adam(net.parameters(), Schedule.constant(1e-3));
            Tensor x = Tensor.of(device, new float[64], 1, 8, 8, 1);
            Tensor labels = Tensor.of(device, new float[64], 1, 8, 8);
            Map<String, Long> before = Map.of();
            for (int i = 0; i < 3; i++) {
                before = counts();
                try (Scope scope = Scope.open()) {
                    Tensor loss = net.forward(x, Pass.training(1, i)).crossEntropy(labels, null);
                    Gradients gradients = loss.backward();
                    gradients.clipByNorm(1);
                    adam.step(gradients);
                    if (i == 1) {
                        assertThat(counts()).isEqualTo(before);
                        loss.item();
                    }
                }
            }
            assertThat(counts()).isEqualTo(before);
        }
    }

    /**
     * Small networks wait for launches, not for arithmetic: of the 23 convolutions' gradients each bias with its ReLU is two
     * launches, Adam is one for all 46 parameters.
     */
    @Test
    void launchesOfAStep() {
        try (Device device = Device.of(open());
                Scope model = Scope.open()) {
            var net = new CheckNet(device, 2, 4);
            var adam = new Adam(net.parameters(), Schedule.constant(1e-3));
            Tensor x = Tensor.of(device, new float[256], 1, 16, 16, 1);
            Tensor labels = Tensor.of(device, new float[256], 1, 16, 16);
            long before = SoftwareCuda.calls("cuLaunchKernel");
            try (Scope scope = Scope.open()) {
                adam.step(net.forward(x, Pass.training(1, 1))
                        .crossEntropy(labels, null)
                        .backward());
            }
            assertThat(SoftwareCuda.calls("cuLaunchKernel") - before).isEqualTo(82);
        }
    }

    /** With a new batch in every step, and the loss read as training does: one wait a step, for the loss. */
    @Test
    void uploadsWaitForNothing() {
        try (Device device = Device.of(open());
                Scope model = Scope.open()) {
            var net = new CheckNet(device, 2, 1);
            var adam = new Adam(net.parameters(), Schedule.constant(1e-3));
            Map<String, Long> before = Map.of();
            for (int i = 0; i < 6; i++) {
                if (i == 3) {
                    before = counts();
                }
                try (Scope scope = Scope.open()) {
                    Tensor x = Tensor.of(device, new float[64], 1, 8, 8, 1);
                    Tensor labels = Tensor.of(device, new float[64], 1, 8, 8);
                    Tensor loss = net.forward(x, Pass.training(1, i)).crossEntropy(labels, null);
                    Gradients gradients = loss.backward();
                    adam.step(gradients);
                    loss.item();
                }
            }
            Map<String, Long> expected = new HashMap<>(before);
            expected.merge("cuStreamSynchronize", 3L, Long::sum);
            expected.merge("cuMemcpyHtoDAsync", 2 * 3L, Long::sum);
            expected.merge("cuMemcpyDtoHAsync", 2 * 3L, Long::sum); // the loss, and whether labels were refused
            assertThat(counts()).isEqualTo(expected);
        }
    }

    private static Map<String, Long> counts() {
        return NOT_IN_A_STEP.stream().collect(Collectors.toMap(Function.identity(), SoftwareCuda::calls));
    }
}
