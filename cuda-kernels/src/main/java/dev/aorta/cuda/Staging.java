package dev.aorta.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.JCudaDriver;

/**
 * Copies between arrays and the device through two pinned blocks, so that the device reads one while the other is filled, and
 * an upload returns before the device has read it.
 */
final class Staging implements AutoCloseable {
    private static final int BLOCK_FLOATS = 1 << 18;

    private final CudaDevice device;
    private final NativePointer[] pinned = {new NativePointer(), new NativePointer()};
    private final MemorySegment[] memory = new MemorySegment[2];
    private final CUevent[] read = {new CUevent(), new CUevent()};
    private int blocks;
    private int next;

    Staging(CudaDevice device) {
        this.device = device;
        device.bind();
        try {
            allocate();
        } catch (CudaException e) {
            close();
            throw e;
        }
    }

    @SuppressWarnings("restricted")
    private void allocate() {
        for (; blocks < 2; blocks++) {
            Cuda.check(
                    JCudaDriver.cuMemAllocHost(pinned[blocks], BLOCK_FLOATS * 4L), "allocation of pinned host memory");
            memory[blocks] = MemorySegment.ofAddress(pinned[blocks].address()).reinterpret(BLOCK_FLOATS * 4L);
            int code = JCudaDriver.cuEventCreate(read[blocks], CUevent_flags.CU_EVENT_DISABLE_TIMING);
            if (code != 0) {
                JCudaDriver.cuMemFreeHost(pinned[blocks]);
            }
            Cuda.check(code, "cuEventCreate");
        }
    }

    void upload(CudaBuffer dst, float[] src) {
        device.bind();
        for (int from = 0; from < src.length; from += BLOCK_FLOATS) {
            int n = Math.min(BLOCK_FLOATS, src.length - from);
            Cuda.check(JCudaDriver.cuEventSynchronize(read[next]), "an earlier upload");
            MemorySegment.copy(src, from, memory[next], ValueLayout.JAVA_FLOAT, 0, n);
            Cuda.check(
                    JCudaDriver.cuMemcpyHtoDAsync(
                            dst.pointer().withByteOffset(from * 4L), pinned[next], n * 4L, device.stream),
                    "an upload of " + n + " elements");
            Cuda.check(JCudaDriver.cuEventRecord(read[next], device.stream), "cuEventRecord");
            next = 1 - next;
        }
    }

    void download(float[] dst, CudaBuffer src) {
        device.bind();
        for (int from = 0; from < dst.length; from += BLOCK_FLOATS) {
            int n = Math.min(BLOCK_FLOATS, dst.length - from);
            fetch(src, from, n);
            MemorySegment.copy(memory[next], ValueLayout.JAVA_FLOAT, 0, dst, from, n);
        }
    }

    /** The first element, as a whole number. */
    int downloadInt(CudaBuffer src) {
        device.bind();
        fetch(src, 0, 1);
        return memory[next].get(ValueLayout.JAVA_INT, 0);
    }

    private void fetch(CudaBuffer src, int from, int n) {
        Cuda.check(
                JCudaDriver.cuMemcpyDtoHAsync(
                        pinned[next], src.pointer().withByteOffset(from * 4L), n * 4L, device.stream),
                "a download of " + n + " elements");
        device.synchronize();
    }

    @Override
    public void close() {
        device.bind();
        int failed = 0;
        for (int i = 0; i < blocks; i++) {
            failed = Math.max(failed, JCudaDriver.cuEventDestroy(read[i]));
            failed = Math.max(failed, JCudaDriver.cuMemFreeHost(pinned[i]));
        }
        blocks = 0;
        Cuda.check(failed, "freeing of pinned host memory");
    }
}
