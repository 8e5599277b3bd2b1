package dev.aorta.backend.reference;

import dev.aorta.backend.Buffer;
import java.util.Arrays;

/** Float64 elements of one {@link ReferenceBackend}, NaN until they are written. */
final class ReferenceBuffer implements Buffer {
    final ReferenceBackend owner;
    private final double[] values;
    private volatile boolean released;

    ReferenceBuffer(ReferenceBackend owner, int size) {
        this.owner = owner;
        values = new double[size];
        Arrays.fill(values, Double.NaN);
    }

    @Override
    public int size() {
        return values.length;
    }

    double[] values() {
        if (released) {
            throw new IllegalStateException("a buffer of " + size() + " elements is used after its release");
        }
        return values;
    }

    void release() {
        if (released) {
            throw new IllegalStateException("a buffer of " + size() + " elements is released twice");
        }
        released = true;
    }
}
