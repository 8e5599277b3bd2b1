package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.backend.Buffer;
import dev.aorta.optim.Adam;
import dev.aorta.optim.Optimizer;
import dev.aorta.optim.Schedule;
import java.util.List;
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
            Optimizer optimizer = optimizer(i -> 1e-2f / (i + 1));
            optimizer.resumeAt(1);
            try (CudaGraph graph = backend.capture(() -> step.run(77, 77), optimizer)) {
                long launches = SoftwareCuda.calls("cuLaunchKernel");
                for (int i = 2; i <= 5; i++) {
                    graph.replay();
                }
                assertThat(SoftwareCuda.calls("cuLaunchKernel"))
                        .as("one for the rate of each step")
                        .isEqualTo(launches + 4);
            }
            assertThat(optimizer.steps()).isEqualTo(5);
            assertThat(step.weights()).isEqualTo(expected);
        }
    }

    /** Something that has a rate and a step count. */
    private static Optimizer optimizer(Schedule schedule) {
        return new Adam(List.of(), schedule);
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
                graph.replay();
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
            Runnable descent = () -> backend.sgd(one, null, one, 1, 0, false, 0);
            assertThatThrownBy(() -> backend.capture(descent))
                    .hasMessage(
                            "[cuda:0] the captured work holds an optimiser's step\n    cure      name it: capture(work,"
                                    + " optimizer)");
            assertThatThrownBy(() -> backend.capture(
                            () -> {
                                descent.run();
                                backend.sgd(one, null, one, 2, 0, false, 0);
                            },
                            optimizer(Schedule.constant(1))))
                    .hasMessageContaining("more than one optimiser's step");
            assertThatThrownBy(() -> backend.capture(() -> backend.capture(() -> {})))
                    .hasMessageContaining("a capture within a capture");
            backend.fill(one, 3);
            assertThat(backend.readScalar(one)).isEqualTo(3);
            CudaGraph graph = backend.capture(() -> backend.scale(one, one, 2));
            graph.replay();
            assertThat(backend.readScalar(one)).isEqualTo(6);
            graph.close();
            graph.close();
            assertThatThrownBy(() -> graph.replay()).hasMessageContaining("used after its close");
        }
    }
}
