package dev.aorta.backend.cpu.machine;

import java.util.function.Consumer;

/** What a kernel works with: threads, and memory for its intermediate values. */
public record Workspace(Parallel parallel, BufferPool pool) {
    /** Calls a kernel with an array of unspecified content, which is taken back also when the kernel fails. */
    public void lend(int size, Consumer<float[]> kernel) {
        float[] array = pool.take(size);
        try {
            kernel.accept(array);
        } finally {
            pool.give(array);
        }
    }
}
