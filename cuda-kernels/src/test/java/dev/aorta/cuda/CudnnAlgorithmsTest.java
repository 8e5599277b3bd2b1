package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.Masked;
import dev.aorta.cuda.CudaOptions.Algorithms;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        List<Buffer> b = Stream.of(s.input(), s.weight(), s.output(), Shape.of(s.outC()), s.input(), s.weight())
                .map(shape -> backend.allocate(shape.size()))
                .toList();
        b.forEach(buffer -> backend.fill(buffer, 1));
        long[] before = runs();
        backend.conv2d(b.get(2), b.get(0), b.get(1), b.get(3), true, s);
        backend.conv2dGrad(b.get(4), b.get(5), null, new Masked(b.get(2), null), b.get(0), b.get(1), s);
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
            int floats = 2 * LARGE.input().size()
                    + 2 * LARGE.weight().size()
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

    /** cuDNN may propose what it then does not run: first the fused pass gives way to the plain one, then to own kernels. */
    @ParameterizedTest
    @EnumSource(Algorithms.class)
    void whatCudnnRefusesIsComputedAnyway(Algorithms algorithms) {
        List<String> passes = List.of(
                "cudnnConvolutionBiasActivationForward",
                "cudnnConvolutionForward",
                "cudnnConvolutionBackwardData",
                "cudnnConvolutionBackwardFilter");
        try (CudaBackend backend = open(algorithms);
                CudaBackend own = open(CudaOptions.Libraries.NONE)) {
            ConvShape uneven = ConvShape.of(
                    "uneven", Shape.of(2, 8, 6, 3), Shape.of(5, 3, 3, 3), Conv2dOptions.SAME.withStride(2));
            List<ConvShape> shapes = List.of(SMALL, LARGE, uneven);
            for (String pass : passes) {
                SoftwareCuda.refuse(pass, 3007);
                for (ConvShape s : shapes) {
                    assertThat(results(backend, s)).isEqualTo(results(own, s));
                }
                SoftwareCuda.refuse(pass, 2000);
                assertThat(results(backend, LARGE)).isEqualTo(results(own, LARGE)); // it is not asked again
            }
        } finally {
            passes.forEach(SoftwareCuda::release);
        }
        try (CudaBackend backend = open(algorithms)) {
            passes.forEach(pass -> SoftwareCuda.refuse(pass, 2000));
            assertThatThrownBy(() -> results(backend, SMALL))
                    .isInstanceOf(CudaException.class)
                    .hasMessageContaining("cuDNN's FUSED_FORWARD of ")
                    .hasMessageContaining("2000");
        } finally {
            passes.forEach(SoftwareCuda::release);
        }
    }

    /** The results of all passes, of whole numbers that every order of adding gives exactly. */
    private static float[] results(CudaBackend backend, ConvShape s) {
        var random = new Random(7);
        List<Buffer> in = new ArrayList<>();
        for (int size :
                new int[] {s.input().size(), s.weight().size(), s.output().size(), s.outC()}) {
            float[] values = new float[size];
            for (int i = 0; i < size; i++) {
                values[i] = random.nextInt(5) - 2;
            }
            in.add(backend.allocate(size));
            backend.upload(in.getLast(), values);
        }
        List<Buffer> out = Stream.of(s.output(), s.input(), s.weight())
                .map(shape -> backend.allocate(shape.size()))
                .toList();
        backend.conv2d(out.get(0), in.get(0), in.get(1), in.get(3), true, s);
        backend.conv2dGrad(out.get(1), out.get(2), null, new Masked(in.get(2), null), in.get(0), in.get(1), s);
        float[] results = new float[0];
        for (Buffer b : out) {
            float[] values = new float[b.size()];
            backend.download(values, b);
            int before = results.length;
            results = Arrays.copyOf(results, before + values.length);
            System.arraycopy(values, 0, results, before, values.length);
        }
        in.forEach(backend::release);
        out.forEach(backend::release);
        return results;
    }

    /** cuDNN 9 is many libraries, and loads them when it needs them. */
    @ParameterizedTest
    @ValueSource(strings = {"Forward", "BackwardData", "BackwardFilter"})
    void halfAnInstallationIsAnError(String pass) {
        List<String> functions =
                List.of("cudnnGetConvolution" + pass + "Algorithm_v7", "cudnnGetConvolution" + pass + "WorkspaceSize");
        functions.forEach(function -> SoftwareCuda.refuse(function, 1002));
        try (CudaBackend backend = open(Algorithms.TIMED)) {
            assertThatThrownBy(() -> passes(backend, SMALL))
                    .isInstanceOf(CudaException.class)
                    .hasMessageContaining("(1002)\n    cure      install all of cuDNN 9 in one version");
        } finally {
            functions.forEach(SoftwareCuda::release);
        }
    }

    @Test
    void aLibraryThatDoesNotStartIsAnError() {
        SoftwareCuda.inject("cudnnCreate", 1, 1002);
        assertThatThrownBy(() -> open(Algorithms.TIMED).close())
                .isInstanceOf(CudaException.class)
                .hasMessageContaining("(1002)\n    cure      install all of cuDNN 9 in one version");
    }

    /** JCudnn may lose the status of a refusal; the shape is computed all the same. */
    @ParameterizedTest
    @ValueSource(ints = {2000, 3000})
    void aShapeWithoutProposalsIsComputedByOwnKernels(int status) {
        SoftwareCuda.refuse("cudnnGetConvolutionForwardAlgorithm_v7", status);
        try (CudaBackend backend = open(Algorithms.TIMED);
                CudaBackend own = open(CudaOptions.Libraries.NONE)) {
            for (int i = 0; i < 5; i++) {
                assertThat(results(backend, LARGE)).isEqualTo(results(own, LARGE));
            }
        } finally {
            SoftwareCuda.release("cudnnGetConvolutionForwardAlgorithm_v7");
        }
    }
}
