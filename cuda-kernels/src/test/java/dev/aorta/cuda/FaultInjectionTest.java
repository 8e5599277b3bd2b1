package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.aorta.Conv2dOptions;
import dev.aorta.Shape;
import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;
import dev.aorta.backend.ConvShape;
import dev.aorta.backend.GatherShape;
import dev.aorta.backend.Masked;
import dev.aorta.backend.NormShape;
import dev.aorta.backend.ReduceShape;
import dev.aorta.backend.Reduction;
import dev.aorta.backend.RowShape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Whatever CUDA refuses, the message names it and nothing is left behind. */
class FaultInjectionTest extends CudaTests {
    private static final int REFUSED = 999;

    @AfterEach
    void memory() {
        SoftwareCuda.setMemory(4L << 30);
    }

    /** Every call that opening a backend makes, failing. */
    @TestFactory
    Stream<DynamicTest> opening() {
        return Stream.of(
                        "cuDeviceGetCount:1",
                        "cuDeviceGet:1",
                        "cuDeviceGetName:1",
                        "cuDeviceGetAttribute:1",
                        "cuDevicePrimaryCtxRetain:1",
                        "cuStreamCreate:1",
                        "cuMemAllocHost:1",
                        "cuMemAllocHost:2",
                        "cuMemAllocHost:3",
                        "cuEventCreate:1",
                        "cuEventCreate:2",
                        "cuModuleLoadData:1",
                        "cublasCreate:1",
                        "cublasGetVersion:1",
                        "cublasSetStream:1",
                        "cublasSgemm:1",
                        "cublasSetMathMode:1",
                        "cuMemAlloc:1",
                        "cuMemAlloc:4",
                        "cuMemcpyHtoDAsync:1",
                        "cuMemcpyDtoHAsync:1",
                        "cuStreamSynchronize:1",
                        "cudnnCreate:1",
                        "cudnnSetStream:1")
                .map(call -> DynamicTest.dynamicTest(call, () -> {
                    String function = call.substring(0, call.indexOf(':'));
                    SoftwareCuda.inject(function, Integer.parseInt(call.substring(call.indexOf(':') + 1)), REFUSED);
                    assertThatThrownBy(() -> open().close())
                            .isInstanceOf(CudaException.class)
                            .hasMessageContaining("999");
                    // a create that failed made nothing to destroy
                    nothingIsAlive();
                    open().close();
                }));
    }

    private static void nothingIsAlive() {
        assertThat(SoftwareCuda.liveBytes()).isZero();
        assertThat(SoftwareCuda.liveHandles()).isZero();
        assertThat(SoftwareCuda.leaks()).isZero();
    }

    /** Every kind of call that a step makes, failing at its first, second and fifth time. */
    @TestFactory
    Stream<DynamicTest> training() {
        return Stream.of(
                        "cuLaunchKernel",
                        "cuMemAlloc",
                        "cuMemsetD32Async",
                        "cublasSgemm",
                        "cudnnConvolutionBiasActivationForward",
                        "cudnnConvolutionBackwardFilter",
                        "cudnnCreateDescriptor")
                .flatMap(function -> Stream.of(1, 2, 5)
                        .map(nth -> DynamicTest.dynamicTest(function + ":" + nth, () -> {
                            try (CudaBackend backend = open();
                                    TinyStep step = new TinyStep(backend)) {
                                SoftwareCuda.inject(function, nth, REFUSED);
                                assertThatThrownBy(() -> {
                                            for (int i = 1; i <= 5; i++) {
                                                step.run(1e-3f, i);
                                            }
                                        })
                                        .isInstanceOf(CudaException.class)
                                        .hasMessageContaining("999");
                                step.run(1e-3f, 1); // one refused call does not break the backend
                                backend.synchronize();
                            } finally {
                                SoftwareCuda.inject(function, 0, 0);
                            }
                            nothingIsAlive();
                        })));
    }

    @TestFactory
    Stream<DynamicTest> outOfMemoryAtTheNthAllocation() {
        return Stream.of(1, 2, 3, 5, 8, 13)
                .map(nth -> DynamicTest.dynamicTest("allocation " + nth, () -> {
                    try (CudaBackend backend = open();
                            TinyStep step = new TinyStep(backend)) {
                        SoftwareCuda.inject("cuMemAlloc", nth, Cuda.OUT_OF_MEMORY);
                        try {
                            step.run(1e-3f, 1);
                        } catch (CudaException e) {
                            assertThat(e)
                                    .hasMessageContaining("[cuda:0] out of memory")
                                    .hasMessageContaining("smaller batch");
                        }
                        step.run(1e-3f, 2);
                        assertThat(step.weights()).doesNotContain(Float.NaN);
                    }
                    nothingIsAlive();
                }));
    }

    private interface Kernel {
        void call(Backend backend, Buffer[] arguments);
    }

    /** Calls that take memory for themselves. */
    private record Call(String name, List<Integer> sizes, Kernel kernel) {
        static List<Call> all() {
            var norm = new NormShape(2, 600, 8, 2, 1e-3f);
            int n = norm.size();
            ConvShape conv =
                    ConvShape.of("", Shape.of(2, 64, 64, 4), Shape.of(4, 3, 3, 4), Conv2dOptions.SAME.withStride(2));
            int x = conv.input().size();
            int w = conv.weight().size();
            int y = conv.output().size();
            var everything = ReduceShape.all(20_001);
            var picks = new GatherShape(1, 3, 5000, 1);
            var rows = new RowShape(600, 2);
            return List.of(
                    new Call(
                            "norm",
                            List.of(n, 4, 4, n, 8, 8),
                            (b, a) -> b.norm(a[0], a[1], a[2], a[3], a[4], a[5], norm)),
                    new Call(
                            "normGrad",
                            List.of(n, 8, 8, n, n, 4, 4, 8),
                            (b, a) -> b.normGrad(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], norm)),
                    new Call("reduce", List.of(1, 20_001), (b, a) -> b.reduce(a[0], a[1], Reduction.SUM, everything)),
                    new Call("gatherGrad", List.of(3, 5000, 5000), (b, a) -> b.gatherGrad(a[0], a[1], a[2], picks)),
                    new Call(
                            "focalLoss",
                            List.of(1, 1200, 600, 2),
                            (b, a) -> b.focalLoss(a[0], null, a[1], a[2], a[3], 0, rows)),
                    new Call(
                            "diceLoss",
                            List.of(1, 1200, 600),
                            (b, a) -> b.diceLoss(a[0], null, a[1], a[2], 1, 2, rows)),
                    new Call(
                            "conv2dGrad",
                            List.of(x, w, 4, y, y, x, w),
                            (b, a) -> b.conv2dGrad(a[0], a[1], a[2], new Masked(a[3], a[4]), a[5], a[6], conv)));
        }
    }

    /** Whichever memory or launch it is refused, a call gives back what it took: after each failure it finds enough. */
    @TestFactory
    Stream<DynamicTest> aCallThatFailsKeepsNothing() {
        return Call.all().stream()
                .map(call -> DynamicTest.dynamicTest(call.name, () -> {
                    try (CudaBackend backend = open(CudaOptions.Libraries.NONE)) {
                        Buffer[] arguments =
                                call.sizes.stream().map(backend::allocate).toArray(Buffer[]::new);
                        Stream.of(arguments).forEach(b -> backend.fill(b, 0));
                        call.kernel.call(backend, arguments);
                        long reserved = backend.reservedBytes();
                        for (String function : List.of("cuMemsetD32Async", "cuLaunchKernel")) {
                            int nth = 1;
                            for (; failsAt(nth, function, () -> call.kernel.call(backend, arguments)); nth++) {
                                call.kernel.call(backend, arguments);
                                assertThat(backend.reservedBytes())
                                        .as("after failure %d of %s", nth, function)
                                        .isEqualTo(reserved);
                            }
                            assertThat(nth)
                                    .as("places where %s failed", function)
                                    .isGreaterThan(1);
                        }
                    }
                }));
    }

    private static boolean failsAt(int nth, String function, Runnable call) {
        SoftwareCuda.inject(function, nth, REFUSED);
        try {
            call.run();
            return false;
        } catch (CudaException e) {
            return true;
        } finally {
            SoftwareCuda.inject(function, 0, 0);
        }
    }

    @Test
    void memoryThatIsFullIsReportedAndCanBeUsedAgain() {
        try (CudaBackend backend = open(CudaOptions.Libraries.NONE)) {
            SoftwareCuda.setMemory(SoftwareCuda.liveBytes() + (1 << 20));
            long held = backend.reservedBytes();
            Buffer half = backend.allocate(1 << 17);
            assertThatThrownBy(() -> backend.allocate(1 << 18))
                    .hasMessageContaining("out of memory: 1048576 bytes more than the " + (held + 524288)
                            + " that this process holds");
            backend.release(half);
            Buffer whole = backend.allocate(1 << 18); // waiting blocks of other sizes give way
            assertThat(backend.reservedBytes()).isEqualTo(held + (1 << 20));
            backend.release(whole);
        }
    }

    @Test
    void anErrorOfEarlierWorkIsThrownWhereSomebodyWaits() {
        CudaBackend backend = open();
        Buffer small = backend.allocate(1000);
        Buffer large = backend.allocate(100_000);
        backend.fill(large, 1);
        backend.axpby(large, 1, small, 1); // reads past the end of small, later
        assertThatThrownBy(() -> backend.download(new float[100_000], large))
                .isInstanceOf(CudaException.class)
                .hasMessageContaining("work on cuda:0 failed")
                .hasMessageContaining("illegal address")
                .hasMessageContaining("axpby, block (");
        assertThatThrownBy(() -> backend.fill(large, 1)).as("the error stays").isInstanceOf(CudaException.class);
        assertThatThrownBy(backend::close).isInstanceOf(CudaException.class);
        try (CudaBackend next = open()) {
            Buffer b = next.allocate(1);
            next.fill(b, 2);
            assertThat(next.readScalar(b)).isEqualTo(2);
        }
    }

    @Test
    void whereCudnnHasNoAlgorithmOwnKernelsCompute() {
        for (String pass : List.of("Forward", "BackwardData", "BackwardFilter")) {
            SoftwareCuda.inject("cudnnGetConvolution" + pass + "Algorithm_v7", 1, 3000);
        }
        try (CudaBackend refused = open();
                CudaBackend own = open(CudaOptions.Libraries.NONE);
                TinyStep a = new TinyStep(refused);
                TinyStep b = new TinyStep(own)) {
            long before = SoftwareCuda.calls("cudnnConvolutionBiasActivationForward");
            a.run(1e-3f, 1);
            b.run(1e-3f, 1);
            assertThat(SoftwareCuda.calls("cudnnConvolutionBiasActivationForward"))
                    .isEqualTo(before);
            assertThat(refused.readScalar(a.loss)).isEqualTo(own.readScalar(b.loss));
        } finally {
            SoftwareCuda.inject("cudnnGetConvolutionBackwardDataAlgorithm_v7", 0, 0);
        }
    }

    @Test
    void misuseIsRefused() {
        CudaBackend backend = open();
        Buffer buffer = backend.allocate(3);
        backend.release(buffer);
        assertThatThrownBy(() -> backend.release(buffer)).hasMessageContaining("used after its release");
        assertThatThrownBy(() -> backend.fill(buffer, 1)).hasMessageContaining("a buffer of 3 elements is used after");
        assertThatThrownBy(() -> backend.fill(() -> 3, 1)).hasMessageContaining("a buffer of another device");
        try (CudaBackend other = open()) {
            Buffer foreign = other.allocate(3);
            assertThatThrownBy(() -> backend.release(foreign))
                    .hasMessageContaining("a buffer of another device is released");
            other.fill(foreign, 1);
        }
        Buffer kept = backend.allocate(3);
        backend.close();
        backend.close();
        assertThatThrownBy(() -> backend.fill(kept, 1)).hasMessage("[cuda:0] the backend is used after its close");
        assertThatThrownBy(() -> backend.allocate(1)).hasMessageContaining("used after its close");
    }
}
