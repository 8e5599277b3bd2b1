package dev.aorta.backend.cpu;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/** Free arrays by exact size. A steady training step asks for the same sizes again and again and allocates nothing. */
final class BufferPool {
    private final Map<Integer, ArrayDeque<float[]>> free = new HashMap<>();
    private long freeElements;

    /** An array with unspecified content. */
    float[] take(int size) {
        synchronized (this) {
            ArrayDeque<float[]> fitting = free.get(size);
            if (fitting != null && !fitting.isEmpty()) {
                freeElements -= size;
                return fitting.pop();
            }
        }
        return make(size);
    }

    private float[] make(int size) {
        try {
            return new float[size];
        } catch (OutOfMemoryError e) {
            trim();
            return new float[size];
        }
    }

    synchronized void give(float[] array) {
        free.computeIfAbsent(array.length, size -> new ArrayDeque<>()).push(array);
        freeElements += array.length;
    }

    /** Leaves all free arrays to the garbage collector. */
    synchronized void trim() {
        free.clear();
        freeElements = 0;
    }

    /** Elements in all free arrays together. */
    synchronized long freeElements() {
        return freeElements;
    }
}
