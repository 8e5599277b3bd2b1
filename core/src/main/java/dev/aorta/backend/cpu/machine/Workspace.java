package dev.aorta.backend.cpu.machine;

import java.util.function.Consumer;

/** What a kernel works with: threads, memory for its intermediate values, and for the weight as it packs it. */
public record Workspace(Parallel parallel, BufferPool pool, Packing packing) {
    /** Weights are packed anew at every call. */
    public Workspace(Parallel parallel, BufferPool pool) {
        this(parallel, pool, Packing.ANEW);
    }

    /** The same with other memory for the packed weight. */
    public Workspace with(Packing other) {
        return new Workspace(parallel, pool, other);
    }

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
