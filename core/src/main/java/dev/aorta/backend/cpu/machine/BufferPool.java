package dev.aorta.backend.cpu.machine;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Free arrays by exact size. A steady training step asks for the same sizes again and again and allocates nothing; where the
 * sizes change, those that were not asked for longest go first.
 */
public class BufferPool {
    /** In the order of last use. */
    private final Map<Integer, ArrayDeque<float[]>> free = new LinkedHashMap<>(16, 0.75f, true);

    private final long most;
    private long freeElements;

    /** A pool that keeps up to half of the heap. */
    public BufferPool() {
        this(Runtime.getRuntime().maxMemory() / 2 / Float.BYTES);
    }

    /**
     * A pool that keeps a bounded number of elements.
     *
     * @param most elements of all free arrays together
     */
    public BufferPool(long most) {
        this.most = most;
    }

    /** An array with unspecified content. */
    public float[] take(int size) {
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

    /** Takes an array back, and leaves others to the garbage collector where the free ones would be too many. */
    public synchronized void give(float[] array) {
        if (array.length > most) {
            return;
        }
        free.computeIfAbsent(array.length, size -> new ArrayDeque<>()).push(array);
        freeElements += array.length;
        Iterator<ArrayDeque<float[]>> oldest = free.values().iterator();
        while (freeElements > most) {
            ArrayDeque<float[]> arrays = oldest.next();
            while (freeElements > most && !arrays.isEmpty()) {
                freeElements -= arrays.pop().length;
            }
            if (arrays.isEmpty()) {
                oldest.remove();
            }
        }
    }

    /** Leaves all free arrays to the garbage collector. */
    public synchronized void trim() {
        free.clear();
        freeElements = 0;
    }

    /** Elements in all free arrays together. */
    public synchronized long freeElements() {
        return freeElements;
    }
}
