package dev.aorta.op;

import dev.aorta.backend.Backend;
import dev.aorta.backend.Buffer;

/** Memory that an op needs while it computes, given back also on failure. */
record Temporary(Backend backend, Buffer buffer) implements AutoCloseable {
    static Temporary of(Backend backend, int size) {
        return new Temporary(backend, backend.allocate(size));
    }

    @Override
    public void close() {
        backend.release(buffer);
    }
}
