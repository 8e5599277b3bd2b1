package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.cuda.CudaOptions.Algorithms;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Which algorithm computes a convolution. The software cuDNN has five: 0 is good for small shapes and 1, with a workspace, for
 * large ones; 2 is faster and does not repeat, 3 is faster and wants more workspace than there is, 4 refuses to run.
 */
class CudnnAlgorithmsTest extends CudaTests {
    private static final ConvShape SMALL =
            ConvShape.of("small", Shape.of(1, 4, 4, 1), Shape.of(1, 3, 3, 1), Conv2dOptions.SAME);
    private static final ConvShape LARGE =
            ConvShape.of("large", Shape.of(2, 16, 16, 4), Shape.of(16, 3, 3, 4), Conv2dOptions.SAME);

    private static CudaBackend open(Algorithms algorithms) {
        return new CudaBackend(
                0, new CudaOptions(CudaOptions.Libraries.REQUIRE, CudaOptions.Math.FP32, algorithms, true));
    }

    private static long[] runs() {
        long[] runs = new long[5];
        for (int i = 0; i < runs.length; i++) {
            runs[i] = SoftwareCuda.calls("cudnn algorithm " + i);
        }
        return runs;
    }

    /** All passes of a convolution, and how often each algorithm ran. */
    private static long[] passes(CudaBackend backend, ConvShape s) {
        List<Buffer> b = List.of(
                backend.allocate(s.input().size()),
                backend.allocate(s.weight().size()),
                backend.allocate(s.output().size()),
                backend.allocate(s.outC()));
        b.forEach(buffer -> backend.fill(buffer, 1));
        long[] before = runs();
        backend.conv2d(b.get(2), b.get(0), b.get(1), b.get(3), true, s);
        backend.conv2dGradInput(b.get(0), b.get(2), null, b.get(1), null, s);
        backend.conv2dGradWeight(b.get(1), b.get(2), null, b.get(0), s);
        long[] after = runs();
        for (int i = 0; i < after.length; i++) {
            after[i] -= before[i];
        }
        b.forEach(backend::release);
        return after;
    }

    @Test
    void theFastestThatRepeatsIsChosenOnceForEachShape() {
        try (CudaBackend backend = open(Algorithms.TIMED)) {
            assertThat(passes(backend, SMALL)).containsExactly(3 * 4 + 3, 3 * 4, 0, 0, 0);
            assertThat(passes(backend, SMALL)).containsExactly(3, 0, 0, 0, 0);
            assertThat(passes(backend, LARGE)).containsExactly(3 * 4, 3 * 4 + 3, 0, 0, 0);
            long waits = SoftwareCuda.calls("cuEventSynchronize");
            assertThat(passes(backend, LARGE)).containsExactly(0, 3, 0, 0, 0);
            assertThat(passes(backend, SMALL)).containsExactly(3, 0, 0, 0, 0);
            assertThat(SoftwareCuda.calls("cuEventSynchronize")).isEqualTo(waits);
        }
    }

    @Test
    void deterministicIsTheFirstThatRepeatsAndIsNotTimed() {
        try (CudaBackend backend = open(Algorithms.DETERMINISTIC)) {
            assertThat(passes(backend, SMALL)).containsExactly(0, 3, 0, 0, 0);
            assertThat(passes(backend, LARGE)).containsExactly(0, 3, 0, 0, 0);
        }
    }

    @Test
    void anAlgorithmWithoutRoomForItsWorkspaceIsLeftOut() {
        try (CudaBackend backend = open(Algorithms.TIMED)) {
            int floats = LARGE.input().size()
                    + LARGE.weight().size()
                    + LARGE.output().size()
                    + LARGE.outC();
            SoftwareCuda.setMemory(SoftwareCuda.liveBytes() + 4L * floats + 512);
            assertThat(passes(backend, LARGE)).containsExactly(3 * 4 + 3, 0, 0, 0, 0);
            assertThat(passes(backend, LARGE)).containsExactly(3, 0, 0, 0, 0);
        } finally {
            SoftwareCuda.setMemory(4L << 30);
        }
    }

    @Test
    void fastestNeedNotRepeat() {
        try (CudaBackend backend = open(Algorithms.FASTEST)) {
            passes(backend, LARGE);
            assertThat(passes(backend, LARGE)).containsExactly(0, 0, 3, 0, 0);
        }
    }

    @Test
    void aCaptureCannotTime() {
        try (CudaBackend backend = open(Algorithms.TIMED)) {
            assertThatThrownBy(() -> backend.capture(() -> passes(backend, SMALL)))
                    .isInstanceOf(CudaException.class)
                    .hasMessageContaining("run the same work once before capturing it");
        }
    }
}
