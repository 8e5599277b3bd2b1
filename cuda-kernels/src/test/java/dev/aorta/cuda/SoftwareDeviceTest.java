package dev.aorta.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The software device is stricter than a GPU: what it must notice, so that the other tests mean something. */
class SoftwareDeviceTest extends CudaTests {
    private CudaDevice device;
    private MemoryPool pool;
    private Kernels kernels;
    private Launcher launcher;
    private boolean broken;

    @BeforeEach
    void openParts() {
        CudaLibraries.load();
        device = new CudaDevice(0);
        pool = new MemoryPool(device, false);
        launcher = new Launcher(device, kernels = new Kernels(device));
        broken = false;
    }

    @AfterEach
    void closeParts() {
        for (AutoCloseable part : new AutoCloseable[] {launcher, kernels, pool, device}) {
            try {
                part.close();
            } catch (Exception e) {
                assertThat(broken).as("only a broken context fails to close").isTrue();
            }
        }
    }

    private void assertBreaks(String why) {
        broken = true;
        assertThatThrownBy(device::synchronize)
                .isInstanceOf(CudaException.class)
                .hasMessageContaining(why);
    }

    @Test
    void freshMemoryIsNaN() {
        try (var staging = new Staging(device, pool, 1)) {
            float[] values = new float[100];
            staging.download(values, pool.take(100));
            assertThat(values).containsOnly(Float.NaN);
        }
    }

    @Test
    void aWriteJustPastTheEndIsNoticed() {
        CudaBuffer b = pool.take(100);
        launcher.kernel("fill").buffer(b).f32(1).i32(101).run(101);
        assertBreaks("write past the end of a block: fill");
    }

    @Test
    void aWriteFarPastTheEndFaults() {
        CudaBuffer b = pool.take(100);
        launcher.kernel("fill").buffer(b).f32(1).i32(2000).run(2000);
        assertBreaks("illegal address");
    }

    @Test
    void freedMemoryFaults() {
        CudaBuffer b = pool.take(100);
        long address = b.pointer().address();
        pool.give(b);
        pool.trim();
        launcher.kernel("fill").i64(address).f32(1).i32(1).run(1);
        assertBreaks("illegal address");
    }

    @Test
    void workRunsWhenSomebodyWaits() {
        CudaBuffer b = pool.take(1);
        long before = SoftwareCuda.launches();
        launcher.kernel("fill").buffer(b).f32(1).i32(1).run(1);
        assertThat(SoftwareCuda.launches()).isEqualTo(before);
        device.synchronize();
        assertThat(SoftwareCuda.launches()).isEqualTo(before + 1);
    }

    @Test
    @SuppressWarnings("restricted")
    void aCopyThatNobodyWaitedForShowsPoison() {
        CudaBuffer b = pool.take(1);
        launcher.kernel("fill").buffer(b).f32(5).i32(1).run(1);
        var pinned = new NativePointer();
        Cuda.check(JCudaDriver.cuMemAllocHost(pinned, 4), "cuMemAllocHost");
        MemorySegment host = MemorySegment.ofAddress(pinned.address()).reinterpret(4);
        Cuda.check(JCudaDriver.cuMemcpyDtoHAsync(pinned, b.pointer(), 4, device.stream), "copy");
        assertThat(host.get(ValueLayout.JAVA_FLOAT, 0)).isNaN();
        device.synchronize();
        assertThat(host.get(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(5);
        Cuda.check(JCudaDriver.cuMemFreeHost(pinned), "cuMemFreeHost");
    }

    @Test
    void argumentsAreThoseOfTheLaunch() {
        CudaBuffer a = pool.take(1);
        CudaBuffer b = pool.take(1);
        launcher.kernel("fill").buffer(a).f32(1).i32(1).run(1);
        launcher.kernel("fill").buffer(b).f32(2).i32(1).run(1);
        try (var staging = new Staging(device, pool, 1)) {
            float[] value = new float[1];
            staging.download(value, a);
            assertThat(value[0]).isEqualTo(1);
        }
    }

    @Test
    void aBarrierThatSomeThreadsDoNotReachIsNoticed() {
        launchBarrierFor(64);
        device.synchronize();
        launchBarrierFor(40);
        assertBreaks("divergent barrier or shuffle: barrier_for, block (0, 0, 0) of (1, 1, 1), thread (0, 0, 0)");
    }

    /** Launches 64 threads, of which the first n come to a barrier. */
    private void launchBarrierFor(int n) {
        String ptx = """
                .version 7.8
                .target sm_75
                .visible .entry barrier_for(
                .param .u32 barrier_for_param_0
                )
                {
                bar.sync 0;
                }
                \0""";
        var module = new CUmodule();
        var function = new CUfunction();
        device.bind();
        Cuda.check(JCudaDriver.cuModuleLoadData(module, ptx.getBytes(StandardCharsets.US_ASCII)), "cuModuleLoadData");
        Cuda.check(JCudaDriver.cuModuleGetFunction(function, module, "barrier_for"), "cuModuleGetFunction");
        Pointer arguments = Pointer.to(Pointer.to(new int[] {n}));
        Cuda.check(
                JCudaDriver.cuLaunchKernel(function, 1, 1, 1, 64, 1, 1, 0, device.stream, arguments, null),
                "cuLaunchKernel");
        Cuda.check(JCudaDriver.cuModuleUnload(module), "cuModuleUnload");
    }

    @Test
    void stalePtxIsRefused() {
        String ptx = new String(Kernels.Ptx.ALL.text(), StandardCharsets.US_ASCII);
        String stale = ptx.replace(".param .u32 fill_param_2", ".param .u64 fill_param_2");
        assertThat(load(stale)).contains("the parameters of fill in the PTX are not those of its source");
        assertThat(load(ptx.replace(".entry fill(", ".entry filling(")))
                .contains("a kernel filling that the host build lacks");
        assertThat(load(ptx.replace(".version 7.8", ".version 9.0"))).contains(".version is above 8.0");
    }

    private String load(String ptx) {
        device.bind();
        int code = JCudaDriver.cuModuleLoadData(new CUmodule(), ptx.getBytes(StandardCharsets.US_ASCII));
        assertThat(code).isNotZero();
        return Cuda.text(code);
    }

    @Test
    void aThreadWithoutTheContextIsRefused() throws InterruptedException {
        int[] code = new int[1];
        Thread thread = new Thread(() -> code[0] = JCudaDriver.cuMemAlloc(new DevicePointer(), 4));
        thread.start();
        thread.join();
        assertThat(code[0]).isEqualTo(jcuda.driver.CUresult.CUDA_ERROR_INVALID_CONTEXT);
    }

    @Test
    void aSecondFreeIsRefused() {
        device.bind();
        var pointer = new DevicePointer();
        assertThat(JCudaDriver.cuMemAlloc(pointer, 4)).isZero();
        assertThat(JCudaDriver.cuMemFree(pointer)).isZero();
        assertThat(JCudaDriver.cuMemFree(pointer)).isNotZero();
    }

    @Test
    void aLaunchThatNoGpuTakesIsRefused() {
        CudaBuffer b = pool.take(1);
        assertThatThrownBy(() -> {
                    launcher.kernel("fill").buffer(b).f32(1).i32(1);
                    launcher.run(1, 70_000, 1, 256, 1);
                })
                .hasMessageContaining("launch of fill failed")
                .hasMessageContaining("launch extent of fill");
    }
}
