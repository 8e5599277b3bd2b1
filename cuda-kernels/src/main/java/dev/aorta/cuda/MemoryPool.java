package dev.aorta.cuda;

import java.util.HashSet;
import java.util.Set;
import jcuda.driver.JCudaDriver;

/**
 * Device memory. A block that is released waits for the next request of its very size, so a steady training step never reaches
 * the driver; only when the driver is out of memory are waiting blocks given back to it.
 *
 * <p>A released block can be handed out at once although the device may still be working on it: everything runs in one stream,
 * so the next user's work comes later.
 */
final class MemoryPool implements AutoCloseable {
    private final CudaDevice device;
    private final boolean poison;
    private final FreeBlocks free = new FreeBlocks();
    private final Set<CudaBuffer> live = new HashSet<>();
    private long reserved;

    MemoryPool(CudaDevice device, boolean poison) {
        this.device = device;
        this.poison = poison;
    }

    /** A buffer of {@code size} float32 with unspecified content. */
    CudaBuffer take(int size) {
        return take(size, CudaBuffer.Storage.FLOAT32);
    }

    /** A buffer of {@code size} elements with unspecified content. */
    CudaBuffer take(int size, CudaBuffer.Storage storage) {
        return listed(new CudaBuffer(this, size, storage, block(storage.floats(size))));
    }

    /** A buffer that takes its block when it is first used. */
    CudaBuffer takeLater(int size) {
        return listed(new CudaBuffer(this, size, CudaBuffer.Storage.FLOAT32, null));
    }

    private CudaBuffer listed(CudaBuffer buffer) {
        live.add(buffer);
        return buffer;
    }

    /** A block for a buffer. */
    DevicePointer block(int floats) {
        DevicePointer pointer = free.poll(floats);
        if (pointer == null) {
            pointer = reserve(floats);
        }
        if (poison) {
            device.bind();
            int code = JCudaDriver.cuMemsetD32Async(pointer, -1, floats, device.stream);
            if (code != 0) {
                free.push(pointer, floats);
            }
            Cuda.check(code, "poison of a new buffer");
        }
        return pointer;
    }

    /** Gives a buffer back. */
    void give(CudaBuffer buffer) {
        if (!live.remove(buffer.live())) {
            throw new IllegalArgumentException("[" + device.name + "] a buffer of another device is released here");
        }
        push(buffer);
    }

    private void push(CudaBuffer buffer) {
        buffer.kill();
        DevicePointer block = buffer.block();
        if (block != null) {
            free.push(block, buffer.storage().floats(buffer.size()));
        }
    }

    /** Bytes taken from the driver, in use or waiting. */
    long reserved() {
        return reserved;
    }

    private DevicePointer reserve(int size) {
        device.bind();
        var pointer = new DevicePointer();
        int code = JCudaDriver.cuMemAlloc(pointer, size * 4L);
        if (code == Cuda.OUT_OF_MEMORY && !free.isEmpty()) {
            trim();
            code = JCudaDriver.cuMemAlloc(pointer, size * 4L);
        }
        if (code == Cuda.OUT_OF_MEMORY) {
            throw new CudaException("[" + device.name + "] out of memory: " + size * 4L + " bytes more than the "
                    + reserved
                    + " that this process holds do not fit\n    cure      a smaller batch, or end other programs"
                    + " that nvidia-smi shows on this GPU");
        }
        Cuda.check(code, "cuMemAlloc of " + size * 4L + " bytes");
        reserved += size * 4L;
        return pointer;
    }

    /** Gives all waiting blocks back to the driver. */
    void trim() {
        device.bind();
        int[] failed = {JCudaDriver.cuStreamSynchronize(device.stream)}; // queued work may still write to them
        free.drain((pointer, size) -> {
            int code = JCudaDriver.cuMemFree(pointer);
            failed[0] = failed[0] != 0 ? failed[0] : code;
            reserved -= size * 4L;
        });
        Cuda.check(failed[0], "cuMemFree");
    }

    /** Frees everything, buffers that were not given back as well. */
    @Override
    public void close() {
        live.forEach(this::push);
        live.clear();
        trim();
    }
}
