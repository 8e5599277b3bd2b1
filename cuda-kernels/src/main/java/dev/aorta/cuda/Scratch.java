package dev.aorta.cuda;

import java.util.ArrayDeque;
import java.util.Deque;

/** Buffers that a call needs for itself: they go back to the pool when it ends, however it ends. */
final class Scratch implements AutoCloseable {
    private final MemoryPool pool;
    private final Deque<CudaBuffer> taken = new ArrayDeque<>();

    Scratch(MemoryPool pool) {
        this.pool = pool;
    }

    /** A buffer of {@code size} float32 with unspecified content. */
    CudaBuffer take(int size) {
        return take(size, CudaBuffer.Storage.FLOAT32);
    }

    /** A buffer of {@code size} elements with unspecified content. */
    CudaBuffer take(int size, CudaBuffer.Storage storage) {
        CudaBuffer buffer = pool.take(size, storage);
        taken.push(buffer);
        return buffer;
    }

    @Override
    public void close() {
        taken.forEach(pool::give);
    }
}
