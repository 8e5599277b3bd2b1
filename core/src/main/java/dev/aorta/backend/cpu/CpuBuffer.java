package dev.aorta.backend.cpu;

import dev.aorta.backend.Buffer;

/** A Java array as a buffer. */
final class CpuBuffer implements Buffer {
    private final CpuBackend owner;
    private final float[] data;
    private volatile boolean released;

    CpuBuffer(CpuBackend owner, float[] data) {
        this.owner = owner;
        this.data = data;
    }

    /** The array behind a buffer that is still in use, of a backend that is open. */
    static float[] array(Buffer buffer) {
        if (!(buffer instanceof CpuBuffer own)) {
            throw new IllegalArgumentException("[cpu] a buffer of another backend: " + buffer);
        }
        own.owner.requireOpen();
        if (own.released) {
            throw new IllegalStateException(
                    "[cpu] a buffer of " + own.data.length + " elements is used after its release");
        }
        return own.data;
    }

    /** Ends the use of this buffer and hands out its array for another one. */
    synchronized float[] retire() {
        float[] array = array(this);
        released = true;
        return array;
    }

    @Override
    public int size() {
        return data.length;
    }

    @Override
    public String toString() {
        return "CpuBuffer[" + data.length + "]";
    }
}
