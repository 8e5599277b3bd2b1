package dev.aorta.cuda;

import dev.aorta.backend.Buffer;

/** A run of float32 on the device, dead after its release. */
final class CudaBuffer implements Buffer {
    final DevicePointer pointer;
    private final int size;
    private boolean live = true;

    CudaBuffer(DevicePointer pointer, int size) {
        this.pointer = pointer;
        this.size = size;
    }

    @Override
    public int size() {
        return size;
    }

    long bytes() {
        return size * 4L;
    }

    /** A buffer of this backend that may still be used. */
    static CudaBuffer of(Buffer buffer) {
        if (buffer instanceof CudaBuffer b) {
            return b.live();
        }
        throw new IllegalArgumentException("[cuda] a buffer of another device: copy it to this one first");
    }

    /** This buffer, if it may still be used. */
    CudaBuffer live() {
        if (!live) {
            throw new IllegalStateException(
                    "[cuda] a buffer of " + size + " elements is used after its release; keep its scope open longer");
        }
        return this;
    }

    void kill() {
        live().live = false;
    }
}
