package dev.aorta.backend.cpu.machine;

import java.lang.ref.SoftReference;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Free arrays by exact size. A steady training step asks for the same sizes again and again and allocates nothing; where the
 * sizes change, those that were not asked for longest go first. Before the heap is exhausted, whoever asks for memory, the garbage
 * collector takes them all.
 */
public class BufferPool {
    /** One object, so that a steady step makes no references: the collector takes all arrays or none. */
    private static final class Free {
        /** In the order of last use. */
        private final Map<Integer, ArrayDeque<float[]>> bySize = new LinkedHashMap<>(16, 0.75f, true);

        private long elements;
    }

    private final long most;
    private SoftReference<Free> free = new SoftReference<>(new Free());

    /**
     * A pool that keeps up to that share of the heap which property {@code aorta.pool} says, or else half of it.
     *
     * @throws IllegalArgumentException when the property is no share
     */
    public BufferPool() {
        this((long) (share(System.getProperty("aorta.pool", "0.5"))
                * Runtime.getRuntime().maxMemory()
                / Float.BYTES));
    }

    /**
     * A pool that keeps a bounded number of elements.
     *
     * @param most elements of all free arrays together
     */
    public BufferPool(long most) {
        this.most = most;
    }

    static double share(String wanted) {
        if (!wanted.matches("0(\\.\\d+)?|1(\\.0+)?")) {
            throw new IllegalArgumentException(
                    "aorta.pool must be a share of the heap from 0 to 1, such as 0.25, and is '" + wanted + "'");
        }
        return Double.parseDouble(wanted);
    }

    /**
     * An array with unspecified content.
     *
     * @throws OutOfMemoryError when the heap has no room, saying for how much
     */
    public float[] take(int size) {
        synchronized (this) {
            Free kept = free();
            ArrayDeque<float[]> fitting = kept.bySize.get(size);
            if (fitting != null && !fitting.isEmpty()) {
                kept.elements -= size;
                return fitting.pop();
            }
        }
        try {
            return new float[size];
        } catch (OutOfMemoryError e) {
            throw outOfMemory(size, e);
        }
    }

    private static OutOfMemoryError outOfMemory(int size, OutOfMemoryError cause) {
        var error = new OutOfMemoryError(String.format(
                Locale.ROOT,
                "[cpu] a tensor of %,d values (%.1f MB) has no room in a heap of %,d MB: take a smaller batch or image, close"
                        + " scopes earlier, compute without recording where nothing is trained (Scope.noGrad()), or give Java"
                        + " more with -Xmx",
                size,
                size * 4e-6,
                Runtime.getRuntime().maxMemory() / 1_000_000));
        error.initCause(cause);
        return error;
    }

    /** Takes an array back, and leaves others to the garbage collector where the free ones would be too many. */
    public synchronized void give(float[] array) {
        if (array.length > most) {
            return;
        }
        Free kept = free();
        kept.bySize.computeIfAbsent(array.length, size -> new ArrayDeque<>()).push(array);
        kept.elements += array.length;
        Iterator<ArrayDeque<float[]>> oldest = kept.bySize.values().iterator();
        while (kept.elements > most) {
            ArrayDeque<float[]> arrays = oldest.next();
            while (kept.elements > most && !arrays.isEmpty()) {
                kept.elements -= arrays.pop().length;
            }
            if (arrays.isEmpty()) {
                oldest.remove();
            }
        }
    }

    /** Leaves all free arrays to the garbage collector. */
    public synchronized void trim() {
        free.clear();
    }

    /** Elements in all free arrays together. */
    public synchronized long freeElements() {
        return free().elements;
    }

    private Free free() {
        Free kept = free.get();
        if (kept == null) {
            kept = new Free();
            free = new SoftReference<>(kept);
        }
        return kept;
    }
}
