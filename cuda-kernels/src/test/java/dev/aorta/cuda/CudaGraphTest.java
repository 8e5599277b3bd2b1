package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.backend.Buffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CudaGraphTest extends CudaTests {
    /** Capturing runs nothing; replays with their own rate and step are the same steps, bit for bit. */
    @ParameterizedTest
    @EnumSource(names = {"REQUIRE", "NONE"})
    void replaysAreTheStepsThatTheyReplace(CudaOptions.Libraries libraries) {
        float[] expected;
        try (CudaBackend backend = open(libraries);
                TinyStep step = new TinyStep(backend)) {
            for (int i = 1; i <= 5; i++) {
                step.run(1e-2f / i, i);
            }
            expected = step.weights();
        }
        try (CudaBackend backend = open(libraries);
                TinyStep step = new TinyStep(backend)) {
            step.run(1e-2f, 1);
            try (CudaGraph graph = backend.capture(() -> step.run(77, 77))) {
                long launches = SoftwareCuda.calls("cuLaunchKernel");
                for (int i = 2; i <= 5; i++) {
                    graph.replay(1e-2f / i, i);
                }
                assertThat(SoftwareCuda.calls("cuLaunchKernel")).isEqualTo(launches);
            }
            assertThat(step.weights()).isEqualTo(expected);
        }
    }

    /** A block that the captured work gave back belongs to the graph until the graph is closed. */
    @Test
    void otherWorkDoesNotGetTheGraphsMemory() {
        try (CudaBackend backend = open()) {
            Buffer in = backend.allocate(100);
            Buffer out = backend.allocate(100);
            Runnable work = () -> {
                Buffer between = backend.allocate(100);
                backend.scale(between, in, 2);
                backend.scale(out, between, 2);
                backend.release(between);
            };
            backend.fill(in, 1);
            work.run();
            try (CudaGraph graph = backend.capture(work)) {
                Buffer other = backend.allocate(100);
                backend.fill(other, 7);
                graph.replay(0, 1);
                float[] values = new float[100];
                backend.download(values, other);
                assertThat(values).containsOnly(7);
                backend.download(values, out);
                assertThat(values).containsOnly(4);
                backend.release(other);
            }
            long reserved = backend.reservedBytes();
            work.run();
            assertThat(backend.reservedBytes()).isEqualTo(reserved);
        }
    }

    @Test
    void whatACaptureCannotHoldIsRefusedAndTheBackendGoesOn() {
        try (CudaBackend backend = open()) {
            Buffer one = backend.allocate(1);
            assertThatThrownBy(() -> backend.capture(() -> backend.allocate(12345)))
                    .hasMessageContaining("run the same work once before capturing it");
            assertThatThrownBy(() -> backend.capture(() -> backend.readScalar(one)))
                    .hasMessage("[cuda:0] a download cannot be part of a captured step");
            assertThatThrownBy(() -> backend.capture(() -> backend.dropout(one, one, 0.5f, 1)))
                    .hasMessageContaining("dropout, whose mask every replay would repeat, cannot be part");
            assertThatThrownBy(() -> backend.capture(() -> {
                        backend.sgd(one, null, one, 1, 0, false, 0);
                        backend.sgd(one, null, one, 2, 0, false, 0);
                    }))
                    .hasMessageContaining("different rates");
            assertThatThrownBy(() -> backend.capture(() -> backend.capture(() -> {})))
                    .hasMessageContaining("a capture within a capture");
            backend.fill(one, 3);
            assertThat(backend.readScalar(one)).isEqualTo(3);
            CudaGraph graph = backend.capture(() -> backend.scale(one, one, 2));
            graph.replay(0, 1);
            assertThat(backend.readScalar(one)).isEqualTo(6);
            graph.close();
            graph.close();
            assertThatThrownBy(() -> graph.replay(0, 1)).hasMessageContaining("used after its close");
        }
    }
}
