package dev.aorta.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntSupplier;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;

/**
 * Copies between arrays and the device.
 *
 * <p>An upload goes through blocks that exist twice, pinned on the host and on the device. A stream of its own fills the device's
 * half, while the kernels of earlier steps run; the kernels' stream then takes it over to where it belongs, which costs next to
 * nothing. Two events keep the order: a block is taken over after it was filled, and filled again after it was taken over. There
 * are soon as many blocks as a batch needs, so that an upload waits for nothing.
 */
final class Staging implements AutoCloseable {
    /** Blocks for uploads, 32 MB together. */
    static final int MOST_BLOCKS = 64;

    static final int BLOCK_FLOATS = 1 << 17;
    private static final int BACK_FLOATS = 1 << 18;
    private static final int NOT_READY = 600;

    /** The stream of the copies to the device. */
    final CUstream copies = new CUstream();

    private final CudaDevice device;
    private final MemoryPool pool;
    private final int mostBlocks;
    private final Deque<Block> blocks = new ArrayDeque<>();
    private final Deque<IntSupplier> undo = new ArrayDeque<>();
    private final Pinned back;

    /** Host memory that the device reads and writes itself. */
    private record Pinned(NativePointer pointer, MemorySegment memory) {}

    /** A block and its events. Uploads fill it one behind the other. */
    private final class Block {
        final Pinned host = pinned(BLOCK_FLOATS);
        final CudaBuffer onDevice = pool.take(BLOCK_FLOATS);
        final CUevent filled = event();
        final CUevent takenOver = event();
        int used = BLOCK_FLOATS;
    }

    Staging(CudaDevice device, MemoryPool pool, int mostBlocks) {
        this.device = device;
        this.pool = pool;
        this.mostBlocks = mostBlocks;
        device.bind();
        try {
            created(
                    JCudaDriver.cuStreamCreate(copies, CUstream_flags.CU_STREAM_NON_BLOCKING),
                    "cuStreamCreate",
                    () -> JCudaDriver.cuStreamDestroy(copies));
            back = pinned(BACK_FLOATS);
        } catch (CudaException e) {
            close();
            throw e;
        }
    }

    private void created(int code, String what, IntSupplier destroy) {
        Cuda.check(code, what);
        undo.push(destroy);
    }

    @SuppressWarnings("restricted")
    private Pinned pinned(int floats) {
        var pointer = new NativePointer();
        created(
                JCudaDriver.cuMemAllocHost(pointer, floats * 4L),
                "allocation of pinned host memory",
                () -> JCudaDriver.cuMemFreeHost(pointer));
        return new Pinned(pointer, MemorySegment.ofAddress(pointer.address()).reinterpret(floats * 4L));
    }

    private CUevent event() {
        var event = new CUevent();
        created(
                JCudaDriver.cuEventCreate(event, CUevent_flags.CU_EVENT_DISABLE_TIMING),
                "cuEventCreate",
                () -> JCudaDriver.cuEventDestroy(event));
        return event;
    }

    /** A block with room: the last one, one whose content was taken over, a new one, or the oldest. */
    private Block room(int floats) {
        Block last = blocks.peekLast();
        if (last != null && last.used + floats <= BLOCK_FLOATS) {
            return last;
        }
        Block block = blocks.peek();
        int code = block == null ? NOT_READY : JCudaDriver.cuEventQuery(block.takenOver);
        if (code == NOT_READY && blocks.size() < mostBlocks) {
            block = new Block();
            code = JCudaDriver.cuEventRecord(block.takenOver, device.stream);
        } else {
            block = blocks.pop();
            code = code == NOT_READY ? JCudaDriver.cuEventSynchronize(block.filled) : code;
        }
        blocks.addLast(block);
        Cuda.check(code, "an earlier upload");
        Cuda.check(JCudaDriver.cuStreamWaitEvent(copies, block.takenOver, 0), "cuStreamWaitEvent");
        block.used = 0;
        return block;
    }

    void upload(CudaBuffer dst, float[] src) {
        device.bind();
        DevicePointer to = dst.pointer();
        for (int from = 0; from < src.length; from += BLOCK_FLOATS) {
            int n = Math.min(BLOCK_FLOATS, src.length - from);
            Block block = room(n);
            long at = block.used * 4L;
            block.used = Math.min(BLOCK_FLOATS, block.used + (n + 63) / 64 * 64);
            MemorySegment.copy(src, from, block.host.memory, ValueLayout.JAVA_FLOAT, at, n);
            CUdeviceptr between = block.onDevice.pointer().withByteOffset(at);
            Cuda.check(
                    JCudaDriver.cuMemcpyHtoDAsync(between, block.host.pointer.withByteOffset(at), n * 4L, copies),
                    "an upload of " + n + " elements");
            Cuda.check(JCudaDriver.cuEventRecord(block.filled, copies), "cuEventRecord");
            Cuda.check(JCudaDriver.cuStreamWaitEvent(device.stream, block.filled, 0), "cuStreamWaitEvent");
            Cuda.check(
                    JCudaDriver.cuMemcpyDtoDAsync(to.withByteOffset(from * 4L), between, n * 4L, device.stream),
                    "an upload of " + n + " elements");
            Cuda.check(JCudaDriver.cuEventRecord(block.takenOver, device.stream), "cuEventRecord");
        }
    }

    void download(float[] dst, CudaBuffer src) {
        device.bind();
        for (int from = 0; from < dst.length; from += BACK_FLOATS) {
            int n = Math.min(BACK_FLOATS, dst.length - from);
            Cuda.check(
                    JCudaDriver.cuMemcpyDtoHAsync(
                            back.pointer, src.pointer().withByteOffset(from * 4L), n * 4L, device.stream),
                    "a download of " + n + " elements");
            device.synchronize();
            MemorySegment.copy(back.memory, ValueLayout.JAVA_FLOAT, 0, dst, from, n);
        }
    }

    @Override
    public void close() {
        device.bind();
        int failed = JCudaDriver.cuStreamSynchronize(device.stream); // takes over all that was filled
        for (IntSupplier destroy : undo) {
            failed = Math.max(failed, destroy.getAsInt());
        }
        undo.clear();
        blocks.forEach(b -> pool.give(b.onDevice));
        blocks.clear();
        Cuda.check(failed, "freeing of pinned host memory");
    }
}
